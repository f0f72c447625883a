using System.Collections.Concurrent;
using Apache.Arrow;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Storage;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Deletes;

/// <summary>Delete files shared by many data files, and files that are not what their manifests say.</summary>
public sealed class DeleteReaderTests
{
    private static readonly Schema Positions = new(0, [MetadataColumns.DeletedFilePath, MetadataColumns.DeletedPosition], []);

    private static readonly Schema Key = new(0, [new(1, "k", new PrimitiveType(PrimitiveKind.Long), false)], []);

    private readonly MemoryObjectStore storage = new();
    private readonly CountingFormat format;

    public DeleteReaderTests() => format = new CountingFormat(new ParquetNetFormat(storage));

    [Theory]
    [InlineData(DeleteReader.DefaultCacheBytes, 1)]
    [InlineData(0, 20)]
    public async Task SharedFiles_AreReadOnceWhileTheyFitTheBudget(long cacheBytes, int reads)
    {
        var positions = await WriteAsync("/positions", Positions, [.. Enumerable.Range(0, 20).SelectMany(f => new object?[][] { [$"/data-{f:00}", (long)f], [$"/data-{f:00}", 100L] })]) with { Content = FileContent.PositionDeletes };
        var equality = await WriteAsync("/equality", Key, [[1L], [null]]) with { Content = FileContent.EqualityDeletes, EqualityIds = [1] };
        var reader = new DeleteReader(format, storage, cacheBytes);
        for (var i = 0; i < 20; i++)
        {
            var deletes = await reader.ReadAsync(TaskOf($"/data-{i:00}", positions, equality), default);
            Assert.Equal([i, 100L], deletes.Positions!);
            Assert.Equal([[1L], [null]], Rows.Of(Assert.Single(Assert.Single(deletes.Equalities).Rows), Key));
        }

        Assert.Equal(reads, format.Reads["/positions"]);
        Assert.Equal(reads, format.Reads["/equality"]);
    }

    [Fact]
    public async Task SharedFile_WantedByManyAtOnce_IsReadOnce()
    {
        var positions = await WriteAsync("/positions", Positions, [["/a", 1L], ["/b", 2L]]) with { Content = FileContent.PositionDeletes };
        var reader = new DeleteReader(format, storage);
        await Parallel.ForAsync(0, 50, async (i, token) => Assert.Equal(i % 2 + 1, Assert.Single((await reader.ReadAsync(TaskOf(i % 2 == 0 ? "/a" : "/b", positions), token)).Positions!)));
        Assert.Equal(1, format.Reads["/positions"]);
    }

    [Fact]
    public async Task Reading_GivenUpByOne_IsDoneByTheNext()
    {
        var positions = await WriteAsync("/positions", Positions, [["/a", 1L], ["/b", 2L]]) with { Content = FileContent.PositionDeletes };
        var reader = new DeleteReader(format, storage);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.ReadAsync(TaskOf("/a", positions), new CancellationToken(canceled: true)));
        Assert.Equal([1L], (await reader.ReadAsync(TaskOf("/a", positions), default)).Positions!);
    }

    [Fact]
    public async Task KeyColumn_ThatTheFileLacks_IsAFaultOfTheFile()
    {
        var equality = await WriteAsync("/equality", new Schema(0, [new(9, "other", new PrimitiveType(PrimitiveKind.Long), false)], []), [[1L]]) with { Content = FileContent.EqualityDeletes, EqualityIds = [1] };
        var error = await Assert.ThrowsAsync<InvalidFileException>(() => new DeleteReader(format, storage).ReadAsync(TaskOf("/a", equality), default));
        Assert.Contains("'k'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 12, 2, "claims")]
    [InlineData(0, 1_000_000, 2, "1000000 bytes")]
    [InlineData(1, 46, 2, "claims")]
    [InlineData(0, 46, 3, "2 positions where its manifest says 3")]
    [InlineData(-1, 46, 2, "does not say where")]
    [InlineData(0, long.MaxValue, 2, "does not say where")]
    public async Task Vector_ThatIsNotWhatItsManifestSays_IsRefused(long offset, long length, long count, string reason)
    {
        var blob = DeletionVector.Write(DeletedPositions.Of([1, 5]));
        storage.Put("/v.puffin", [.. blob, .. new byte[100]]);
        var vector = NewFile("/v.puffin", "PUFFIN", count) with { Content = FileContent.PositionDeletes, ReferencedDataFile = "/a", ContentOffset = offset, ContentSizeInBytes = length == 46 ? blob.Length : length };
        var error = await Assert.ThrowsAsync<InvalidFileException>(() => new DeleteReader(format, storage).ReadAsync(TaskOf("/a", vector), default));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hdfs://node:1/a/b", "/a/b", true)]
    [InlineData("s3a://bucket/a/b", "s3://bucket/a/b", true)]
    [InlineData("file:/a/b", "file:///a/b", true)]
    [InlineData("/a/b", "/a/c", false)]
    [InlineData("s3://bucket/a%20b", "s3://bucket/a b", false)]
    public void Paths_AreComparedWithoutSchemeAndAuthority(string left, string right, bool areSame) => Assert.Equal(areSame, DeletedPath.Of(left) == DeletedPath.Of(right));

    private static DataFile NewFile(string path, string type, long rows) => new() { FilePath = path, FileFormat = type, Partition = [], RecordCount = rows, FileSizeInBytes = 1 };

    private static FileScanTask TaskOf(string path, params DataFile[] deletes) => new(
        NewFile(path, "PARQUET", 1), path, PartitionSpec.Unpartitioned, Key, Filter.True, null, 1, [.. deletes.Select(d => new PlannedDelete(d, d.FilePath, 2) { Key = d.EqualityIds is null ? null : Key })]);

    private async Task<DataFile> WriteAsync(string path, Schema schema, List<object?[]> rows)
    {
        await using var writer = await format.CreateAsync(path, schema, DataFileOptions.Default, default);
        using var batch = Rows.ToBatch(schema, rows);
        await writer.WriteAsync(batch, default);
        return await writer.CompleteAsync(default);
    }

    private sealed class CountingFormat(IDataFileFormat inner) : IDataFileFormat
    {
        public ConcurrentDictionary<string, int> Reads { get; } = new();

        public IAsyncEnumerable<RecordBatch> ReadAsync(FileScanTask task, Schema projection, CancellationToken cancellationToken)
        {
            Reads.AddOrUpdate(task.Location, 1, (_, count) => count + 1);
            return inner.ReadAsync(task, projection, cancellationToken);
        }

        public Task<IDataFileWriter> CreateAsync(string location, Schema schema, DataFileOptions options, CancellationToken cancellationToken) => inner.CreateAsync(location, schema, options, cancellationToken);
    }
}
