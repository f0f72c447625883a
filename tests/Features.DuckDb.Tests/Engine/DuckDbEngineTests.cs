using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.Testing;

namespace Features.DuckDb.Tests.Engine;

public sealed class DuckDbEngineTests : SqlEngineConformance
{
    protected override ISqlEngine Open() => new DuckDbEngine(new DuckDbEngineOptions { Threads = 2 });

    [Fact]
    public async Task AddBatches_OfManyBatches_ReturnsEveryBuffer()
    {
        var allocator = new CountingAllocator();
        var schema = new Schema([new Field("n", Int64Type.Default, true), new Field("s", StringType.Default, true)], null);
        var batches = Enumerable.Range(0, 20).Select(k => new RecordBatch(
            schema,
            [
                new Int64Array.Builder().AppendRange(Enumerable.Range(0, 1_000).Select(i => (long)i)).AppendNull().Build(allocator),
                new StringArray.Builder().AppendRange(Enumerable.Range(0, 1_000).Select(i => $"a string of batch {k}, row {i}")).AppendNull().Build(allocator),
            ],
            1_001));
        await using var session = await Session();
        await session.AddBatchesAsync("t", schema, batches.ToAsyncEnumerable(), Token);
        Assert.Equal("20020", (await session.Rows("SELECT count(*) FROM t")).Rows.Single()[0]);
        Assert.Equal(0, allocator.Rented);
    }

    [Fact]
    public async Task Dispose_OfTheEngine_RemovesItsSpillFolder()
    {
        var engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = Folder, MemoryLimitBytes = 32L << 20, Threads = 2 });
        await using (var session = await engine.OpenAsync(SqlTrust.Pipeline, Token))
        {
            await session.MaterializeAsync("large", "SELECT i, md5(i::VARCHAR) AS h FROM range(2000000) AS t(i)", Token);
            Assert.NotEmpty(Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories));
        }

        await engine.DisposeAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));
    }

    [Theory]
    [InlineData("Out of Memory Error: failed to allocate data of size 32.0 MiB", true)]
    [InlineData("IO Error: Could not write file \"/spill/0.tmp\": No space left on device", true)]
    [InlineData("Conversion Error: Could not convert string 'x' to INT32", false)]
    public void Fault_OfMemoryOrDisk_PassesWithThem(string message, bool isTransient) => Assert.Equal(isTransient, EngineFault.From(message).IsTransient);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spill_OnAFullDisk_FailsForNowOnly(bool ofAFile)
    {
        using var disk = new SmallDisk();
        Assert.SkipUnless(disk.IsMounted, "a 1 MB tmpfs cannot be mounted: it needs root");
        await File.WriteAllBytesAsync(Path.Combine(disk.Path, "rest"), new byte[900_000], Token);
        await using var engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = disk.Path, MemoryLimitBytes = 32L << 20, Threads = 2 });
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, Token);
        var fault = await Assert.ThrowsAsync<SqlException>(async () =>
        {
            if (ofAFile)
            {
                var path = Path.Combine(Folder, "many.jsonl");
                await File.WriteAllLinesAsync(path, Enumerable.Range(0, 600_000).Select(i => $"{{\"n{i}\":{i}}}"), Token);
                await session.AddFileAsync("many", new SourceFile(path, SourceFormat.Json), Token);
            }
            else
            {
                await session.MaterializeAsync("large", "SELECT i, md5(i::VARCHAR) AS h FROM range(2000000) AS t(i)", Token);
            }
        });
        Assert.True(fault.IsTransient, fault.Message);
    }
}
