using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Engine;

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
}
