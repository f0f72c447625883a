namespace Features.Iceberg.S3.Tests;

public sealed class S3StoreOptionsTests
{
    [Fact]
    public void FromProperties_EveryName_IsTaken()
    {
        var options = S3StoreOptions.FromProperties(new Dictionary<string, string>
        {
            ["s3.endpoint"] = "http://localhost:9000",
            ["s3.region"] = "eu-central-1",
            ["s3.access-key-id"] = "id",
            ["s3.secret-access-key"] = "secret",
            ["s3.session-token"] = "token",
            ["s3.path-style-access"] = "true",
            ["s3.conditional-writes"] = "false",
            ["s3.multipart.part-size-bytes"] = "33554432",
            ["s3.retry.num-retries"] = "7",
            ["unknown"] = "ignored",
        });
        Assert.Equal(
            new S3StoreOptions
            {
                Endpoint = new Uri("http://localhost:9000"),
                Region = "eu-central-1",
                AccessKeyId = "id",
                SecretAccessKey = "secret",
                SessionToken = "token",
                PathStyleAccess = true,
                ConditionalWrites = false,
                PartBytes = 32 << 20,
                MaxRetries = 7,
            },
            options);
        Assert.DoesNotContain("secret", options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("token", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void FromProperties_Nothing_IsTheDefaults() => Assert.Equal(new S3StoreOptions(), S3StoreOptions.FromProperties(new Dictionary<string, string>()));

    [Theory]
    [InlineData("s3.endpoint", "file:///etc")]
    [InlineData("s3.path-style-access", "yes")]
    [InlineData("s3.multipart.part-size-bytes", "1000")]
    [InlineData("s3.retry.num-retries", "-1")]
    [InlineData("s3.access-key-id", "alone")]
    public void FromProperties_WrongValue_IsRefusedByName(string name, string value) =>
        Assert.Contains(name, Assert.Throws<InvalidTableArgumentException>(() => S3StoreOptions.FromProperties(new Dictionary<string, string> { [name] = value })).Message, StringComparison.Ordinal);
}
