using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

public sealed class LocationPolicyTests
{
    private static readonly LocationPolicy Warehouse = LocationPolicy.Only(
        ["s3://bucket/warehouse", "abfss://c@acct.dfs.core.windows.net/wh/", "https://acct2.blob.core.windows.net/c/wh", "/srv/warehouse", "gs://whole"]);

    [Theory]
    [InlineData("s3://bucket/warehouse")]
    [InlineData("s3://bucket/warehouse/")]
    [InlineData("s3://bucket/warehouse/t/data/a=x%2Fy/f.parquet")]
    [InlineData("s3a://bucket/warehouse/t//data/f+ #?.parquet")]
    [InlineData("S3N://bucket/warehouse/a..b/...")]
    [InlineData("abfs://c@ACCT.dfs.core.windows.net/wh/t")]
    [InlineData("wasbs://c@acct.blob.core.windows.net/wh/t")]
    [InlineData("https://acct.blob.core.windows.net/c/wh/t")]
    [InlineData("abfss://c@acct2.dfs.core.windows.net/wh/t")]
    [InlineData("file:///srv/warehouse/t")]
    [InlineData("file:/srv//warehouse/./t")]
    [InlineData("file://localhost/srv/warehouse/t")]
    [InlineData("/srv/warehouse/t")]
    [InlineData("gs://whole/anything")]
    public void Check_BelowAnAllowedPrefix_Passes(string location) => Warehouse.Check(location);

    [Theory]
    // Siblings, parents and other stores.
    [InlineData("s3://bucket/warehouse-evil/t")]
    [InlineData("s3://bucket/ware")]
    [InlineData("s3://bucket/Warehouse/t")]
    [InlineData("s3://bucket")]
    [InlineData("s3://bucket2/warehouse/t")]
    [InlineData("s3://bucket.evil.example/warehouse/t")]
    [InlineData("gs://bucket/warehouse/t")]
    [InlineData("hdfs://bucket/warehouse/t")]
    [InlineData("abfss://other@acct.dfs.core.windows.net/wh/t")]
    [InlineData("abfss://c@evil.dfs.core.windows.net/wh/t")]
    [InlineData("https://acct.blob.core.windows.net/c2/wh/t")]
    [InlineData("/srv/warehouse2/t")]
    [InlineData("/etc/passwd")]
    [InlineData("file:///etc/passwd")]
    // Steps upwards, in the open and encoded once or more.
    [InlineData("s3://bucket/warehouse/../secrets/t")]
    [InlineData("s3://bucket/warehouse/t/..")]
    [InlineData("s3://bucket/warehouse/./t")]
    [InlineData("s3://bucket/warehouse/%2e%2e/secrets/t")]
    [InlineData("s3://bucket/warehouse/%2E./secrets/t")]
    [InlineData("s3://bucket/warehouse/%252e%252e/secrets/t")]
    [InlineData("s3://bucket/warehouse/%25252e%25252e/secrets/t")]
    [InlineData("s3://bucket/warehouse/x%2f..%2f..%2fsecrets/t")]
    [InlineData("s3://bucket/warehouse/..%5csecrets")]
    [InlineData("s3://bucket/warehouse\\..\\secrets")]
    [InlineData("s3://bucket/warehouse/t\\x")]
    [InlineData("/srv/warehouse/../../etc/passwd")]
    [InlineData("file:///srv/warehouse/%2e%2e/x")]
    // An empty segment is a name of its own to an object store.
    [InlineData("s3://bucket//warehouse/t")]
    [InlineData("s3:///bucket/warehouse/t")]
    [InlineData("s3:/bucket/warehouse/t")]
    [InlineData("s3:bucket/warehouse/t")]
    // Authorities that are not what they seem.
    [InlineData("s3://bucket@evil/warehouse/t")]
    [InlineData("s3://user:pw@bucket/warehouse/t")]
    [InlineData("s3://bucket:443/warehouse/t")]
    [InlineData("s3://buc%6Bet/warehouse/t")]
    [InlineData("abfss://c@acct.dfs.core.windows.net@evil/wh/t")]
    [InlineData("abfss://c@acct.dfs.core.windows.net:8080/wh/t")]
    [InlineData("https://acct2.blob.core.windows.net/c/wh/t?sv=1")]
    [InlineData("https://acct2.blob.core.windows.net/c/wh/t#x")]
    [InlineData("file://host/srv/warehouse/t")]
    [InlineData("//host/srv/warehouse/t")]
    // Nothing, relative, and control characters.
    [InlineData("")]
    [InlineData("warehouse/t")]
    [InlineData("s3://bucket/warehouse/a\nb")]
    [InlineData("s3://bucket/warehouse/a\0b")]
    public void Check_AnythingElse_IsRefusedByName(string location)
    {
        var error = Assert.Throws<LocationNotAllowedException>(() => Warehouse.Check(location));
        Assert.Equal((location, "location-not-allowed", false), (error.Location, error.Code, error.IsTransient));
    }

    [Theory]
    [InlineData("file:///srv/warehouse")]
    [InlineData("/srv/warehouse")]
    public void Check_LocalFileWhereNoneIsAllowed_IsRefused(string location) =>
        Assert.Throws<LocationNotAllowedException>(() => LocationPolicy.Only(["s3://srv/warehouse"]).Check(location));

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://localhost/x")]
    [InlineData("http://10.0.0.1/x")]
    [InlineData("https://[::1]/x")]
    [InlineData("https://[::ffff:10.0.0.1]/x")]
    [InlineData("https://2130706433/x")]
    [InlineData("abfss://c@192.168.1.1/x")]
    public void Check_HostOfThisNetwork_IsRefusedEvenWhereItIsNamed(string location) =>
        Assert.Contains("this machine or its network", Assert.Throws<InvalidTableArgumentException>(() => LocationPolicy.Only([location])).Message, StringComparison.Ordinal);

    [Fact]
    public void Check_AnyPathBuiltFromPieces_PassesOnlyIfTheResolvedOneLiesBelow()
    {
        string[] stores = ["s3://bucket", "s3://other", "S3A://bucket"];
        string[] segments = ["warehouse", "warehouse-evil", "t", "..", ".", "", "%2e%2e", "..%2f", "x"];
        var pieces = Gen.Int[0, segments.Length - 1].Select(i => segments[i]);
        Gen.Select(Gen.Int[0, stores.Length - 1].Select(i => stores[i]), pieces.Array[0, 6]).Sample((store, path) =>
        {
            var location = $"{store}/{string.Join('/', path)}";
            // The oracle decodes and resolves as a careless store might, and wants the plain reading to agree.
            var resolved = new Uri(Uri.UnescapeDataString(location)).AbsolutePath;
            var isBelow = !store.EndsWith("other", StringComparison.Ordinal) && (resolved + "/").StartsWith("/warehouse/", StringComparison.Ordinal);
            try
            {
                Warehouse.Check(location);
                Assert.True(isBelow, $"{location} passed and may be read as {resolved}");
            }
            catch (LocationNotAllowedException)
            {
                Assert.False(isBelow && path.All(piece => piece is "warehouse" or "t" or "x"), $"{location} was refused");
            }
        });
    }

    [Fact]
    public void Check_Everything_RefusesNothing() => LocationPolicy.Everything.Check("../any\\thing");

    [Fact]
    public void And_AnotherFolder_AddsIt()
    {
        Warehouse.And(["/data/table"]).Check("/data/table/metadata/x");
        Assert.Throws<LocationNotAllowedException>(() => Warehouse.And(["/data/table"]).Check("/data/tables"));
        LocationPolicy.Everything.And(["/a"]).Check("/b");
    }

    [Fact]
    public void Only_PrefixThatIsNotPlain_IsRefused() => Assert.Throws<InvalidTableArgumentException>(() => LocationPolicy.Only(["s3://bucket/a/../b"]));

    [Theory]
    [InlineData("example.com", false)]
    [InlineData("8.8.8.8:443", false)]
    [InlineData("172.32.0.1", false)]
    [InlineData("[2606:4700::1111]", false)]
    [InlineData("localhost:9000", true)]
    [InlineData("LOCALHOST.", true)]
    [InlineData("minio", true)]
    [InlineData("metadata.google.internal", true)]
    [InlineData("printer.local", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.1", true)]
    [InlineData("0x7f000001", true)]
    [InlineData("0177.0.0.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("[fe80::1]", true)]
    [InlineData("[fd00:ec2::254]", true)]
    [InlineData("user@example.com", true)]
    public void PrivateHost_EverySpelling_IsTold(string host, bool isRefused) => Assert.Equal(isRefused, PrivateHost.FaultOf(host) is not null);
}
