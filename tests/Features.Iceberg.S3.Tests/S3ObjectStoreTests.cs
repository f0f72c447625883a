using System.Diagnostics;
using Features.Iceberg.Conformance.Storage;
using Features.Iceberg.Storage;

namespace Features.Iceberg.S3.Tests;

public sealed class S3ObjectStoreTests : ObjectStoreConformance, IAsyncLifetime
{
    private S3Fake fake = null!;
    private S3ObjectStore store = null!;

    protected override IObjectStore Store => store;

    protected override string Prefix => "s3://bucket/a prefix";

    protected override int BigBytes => (2 * (5 << 20)) + 12_345;

    public async ValueTask InitializeAsync()
    {
        fake = await S3Fake.StartAsync();
        store = Open(("s3.multipart.part-size-bytes", "5242880"));
    }

    public async ValueTask DisposeAsync()
    {
        store.Dispose();
        await fake.DisposeAsync();
    }

    [Theory]
    [InlineData("s3a://bucket/a prefix/x")]
    [InlineData("s3n://bucket/a prefix/x")]
    [InlineData("S3://bucket/a prefix/x")]
    public async Task Location_EverySpellingOfTheScheme_IsTheSameObject(string location)
    {
        await WriteAsync("x", [7]);
        Assert.Equal(1, (await Store.StatAsync(location, default))!.Length);
    }

    [Theory]
    [InlineData("gs://bucket/x")]
    [InlineData("s3:/bucket/x")]
    [InlineData("s3:///x")]
    [InlineData("s3://user@bucket/x")]
    [InlineData("s3://bucket:9000/x")]
    [InlineData("s3://buc%6Bet/x")]
    [InlineData("s3://bucket/a/../../other/x")]
    public async Task Location_ThatIsNone_IsRefusedBeforeAnyRequest(string location)
    {
        await Assert.ThrowsAsync<StorageException>(() => Store.OpenReadAsync(location, default));
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task OpenRead_SmallObject_IsOneRequest()
    {
        await WriteAsync("manifest.avro", Pattern(60_000));
        fake.Requests.Clear();
        await ReadAsync("manifest.avro");
        Assert.Equal(["GET bucket/a prefix/manifest.avro bytes=-65536"], fake.Requests);
    }

    [Fact]
    public async Task Read_InOrder_ReadsAheadInGrowingWindows()
    {
        var bytes = Pattern(3_000_000);
        await WriteAsync("x", bytes);
        fake.Requests.Clear();
        await using var stream = await Store.OpenReadAsync($"{Prefix}/x", default);
        var read = new byte[bytes.Length];
        for (var at = 0; at < read.Length; at += 10_000)
        {
            await stream.ReadExactlyAsync(read.AsMemory(at, 10_000));
        }

        Assert.True(bytes.AsSpan().SequenceEqual(read));
        Assert.InRange(fake.Requests.Count, 3, 8);
    }

    [Fact]
    public async Task Read_ObjectReplacedMeanwhile_IsAnErrorAndNeverAMixture()
    {
        await WriteAsync("x", Pattern(500_000));
        await using var stream = await Store.OpenReadAsync($"{Prefix}/x", default);
        fake.Objects["bucket/a prefix/x"] = new S3Fake.Stored(new byte[500_000], null);
        var error = await Assert.ThrowsAsync<StorageException>(async () => await stream.ReadExactlyAsync(new byte[10]));
        Assert.Contains("replaced", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_Big_IsSentWhileItIsWrittenWithBoundedMemory()
    {
        const int Parts = 12;
        var part = Pattern(5 << 20);
        await using var writer = await Store.CreateAsync($"{Prefix}/big", default);
        for (var i = 0; i < Parts; i++)
        {
            await writer.Stream.WriteAsync(part);
        }

        // One block is filled and at most so many are under way; all the others have been taken by the store.
        Assert.True(fake.Requests.Count(r => r.StartsWith("PUT", StringComparison.Ordinal)) >= Parts - 2 - BlockObjectWriter.MaxBlocksAtOnce);
        Assert.Equal((long)Parts * part.Length, await writer.CompleteAsync(default));
        Assert.Equal(0, fake.OpenUploads);
        Assert.Equal(Parts * part.Length, fake.Objects["bucket/a prefix/big"].Bytes.Length);
    }

    [Fact]
    public async Task Create_BigNotCompletedOrRefused_LeavesNoUpload()
    {
        await using (var writer = await Store.CreateAsync($"{Prefix}/x", default))
        {
            await writer.Stream.WriteAsync(Pattern(BigBytes));
            await writer.Stream.FlushAsync();
        }

        await WriteAsync("x", [1]);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => WriteAsync("x", Pattern(BigBytes)));
        Assert.Equal(0, fake.OpenUploads);
    }

    [Theory]
    [InlineData(10, "PUT")]
    [InlineData(11_000_000, "POST")]
    public async Task Create_AnswerLost_IsKnownForItsOwn(int length, string method)
    {
        var lost = 0;
        fake.Inject = request => request.Method == method && (length < 100 || request.Query.ContainsKey("uploadId")) && Interlocked.Exchange(ref lost, 1) == 0 ? new S3Fault() : null;
        Assert.Equal(length, await WriteAsync("x", Pattern(length)));
        Assert.Equal(1, lost);
        Assert.Equal(length, (await ReadAsync("x")).Length);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => WriteAsync("x", [2]));
    }

    [Fact]
    public async Task Create_WhereConditionsAreIgnored_IsRefusedWithTheRemedy()
    {
        fake.KeepsConditions = false;
        var error = await Assert.ThrowsAsync<StorageException>(() => WriteAsync("x", [1]));
        Assert.Contains("s3.conditional-writes", error.Message, StringComparison.Ordinal);
        Assert.Empty(fake.Objects);

        using var trusting = Open(("s3.conditional-writes", "false"));
        await using (var first = await trusting.CreateAsync($"{Prefix}/y", default))
        {
            await first.CompleteAsync(default);
        }

        await using var second = await trusting.CreateAsync($"{Prefix}/y", default);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => second.CompleteAsync(default));
    }

    [Fact]
    public async Task Create_WhereConditionsAreKept_TriesThemOnce()
    {
        await WriteAsync("x", [1]);
        await WriteAsync("y", [1]);
        Assert.Equal(3, fake.Requests.Count(r => r.StartsWith("PUT", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(503, "SlowDown", "slow down", true)]
    [InlineData(500, "InternalError", "500", true)]
    [InlineData(429, "TooManyRequests", "slow down", true)]
    [InlineData(403, "AccessDenied", "access is denied", false)]
    [InlineData(403, "ExpiredToken", "renew", false)]
    [InlineData(400, "InvalidRequest", "InvalidRequest", false)]
    public async Task EveryCall_StoreRefuses_SaysWhatAndWhetherItMayPass(int status, string code, string text, bool isTransient)
    {
        using var impatient = Open(("s3.retry.num-retries", "0"));
        fake.Inject = _ => new S3Fault(status, code);
        var calls = new Func<Task>[]
        {
            () => impatient.OpenReadAsync($"{Prefix}/x", default),
            async () =>
            {
                await foreach (var _ in impatient.ListAsync(Prefix, default))
                {
                }
            },
            async () =>
            {
                await using var writer = await impatient.CreateAsync($"{Prefix}/x", default);
                await writer.CompleteAsync(default);
            },
        };
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAsync<StorageException>(call);
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
            Assert.StartsWith(Prefix, error.Location, StringComparison.Ordinal);
            Assert.Equal(isTransient, error.IsTransient);
        }

        Assert.Equal(isTransient, (await Assert.ThrowsAsync<StorageException>(() => impatient.StatAsync($"{Prefix}/x", default))).IsTransient);
    }

    [Fact]
    public async Task EveryCall_StoreSlowForAMoment_IsRepeatedUnseen()
    {
        var left = 2;
        fake.Inject = _ => Interlocked.Decrement(ref left) >= 0 ? new S3Fault(503, "SlowDown") : null;
        await WriteAsync("x", [1]);
        left = 2;
        Assert.Equal([1], await ReadAsync("x"));
    }

    [Fact]
    public async Task EveryCall_BucketMissing_NamesIt()
    {
        var error = await Assert.ThrowsAsync<StorageException>(() => Store.OpenReadAsync("s3://other/x", default));
        Assert.Contains("the bucket 'other' does not exist", error.Message, StringComparison.Ordinal);
        await using var writer = await Store.CreateAsync("s3://other/x", default);
        Assert.False((await Assert.ThrowsAsync<StorageException>(() => writer.CompleteAsync(default))).IsTransient);
    }

    [Fact]
    public async Task EveryCall_CredentialsWrong_SaysSo()
    {
        using var stranger = Open(("s3.access-key-id", "stranger"));
        var error = await Assert.ThrowsAsync<StorageException>(() => stranger.OpenReadAsync($"{Prefix}/x", default));
        Assert.Contains("credentials were refused", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryCall_NobodyListens_MayPass()
    {
        using var nowhere = Open(("s3.endpoint", "http://127.0.0.1:1"), ("s3.retry.num-retries", "0"));
        var error = await Assert.ThrowsAsync<StorageException>(() => nowhere.OpenReadAsync($"{Prefix}/x", default));
        Assert.True(error.IsTransient);
        Assert.Contains("check the endpoint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_FolderMarks_AreNoObjects()
    {
        fake.Objects["bucket/a prefix/folder/"] = new S3Fake.Stored([], null);
        await WriteAsync("folder/x", [1]);
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task Read_LargeBuffer_IsFetchedInPiecesAtOnce()
    {
        await WriteAsync("x", Pattern(BigBytes));
        fake.Requests.Clear();
        var started = Stopwatch.GetTimestamp();
        Assert.True((await ReadAsync("x")).AsSpan().SequenceEqual(Pattern(BigBytes)));
        Assert.Equal(1 + 3, fake.Requests.Count);
        TestContext.Current.TestOutputHelper?.WriteLine($"{BigBytes} bytes in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
    }

    private S3ObjectStore Open(params (string Name, string Value)[] properties)
    {
        var all = fake.Properties;
        foreach (var (name, value) in properties)
        {
            all[name] = value;
        }

        return S3ObjectStore.FromProperties(all);
    }
}
