using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Deletes;

/// <summary>Reads the deletes of data files. Make one for a scan: what several data files share is read once and kept within a budget. Safe to use from several threads; nothing is to be disposed.</summary>
public sealed class DeleteReader
{
    /// <summary>How much of shared delete files is kept by default: 256 MiB.</summary>
    public const long DefaultCacheBytes = 256L << 20;

    // A position takes a little over two bytes at worst; a file with more is streamed for each data file instead of being held for all.
    private const int AssumedBytesPerPosition = 4;
    private const long LargestVectorBytes = 1L << 30;

    private readonly IDataFileFormat format;
    private readonly IObjectStore storage;
    private readonly long cacheBytes;
    private readonly DeleteCache cache;

    /// <summary>Reads delete files by the data file port, and deletion vectors from the store.</summary>
    public DeleteReader(IDataFileFormat format, IObjectStore storage, long cacheBytes = DefaultCacheBytes)
    {
        this.format = format;
        this.storage = storage;
        this.cacheBytes = cacheBytes;
        cache = new DeleteCache(cacheBytes);
    }

    /// <summary>What is deleted of a task's file by the deletes planned for it.</summary>
    /// <exception cref="NotFoundException">A delete file does not exist.</exception>
    /// <exception cref="InvalidFileException">A delete file is not what its manifest says.</exception>
    /// <exception cref="UnsupportedFeatureException">A delete file's format cannot be read.</exception>
    public async Task<RowDeletes> ReadAsync(FileScanTask task, CancellationToken cancellationToken)
    {
        if (task.Deletes.Count == 0)
        {
            return RowDeletes.None;
        }

        var positions = new List<DeletedPositions>();
        foreach (var delete in task.Deletes.Where(d => d.File.Content == FileContent.PositionDeletes))
        {
            if (await PositionsAsync(delete, DeletedPath.Of(task.File.FilePath), cancellationToken).ConfigureAwait(false) is { } found)
            {
                positions.Add(found);
            }
        }

        var equalities = new List<EqualityDeletes>();
        foreach (var sameKey in task.Deletes.Where(d => d.File.Content == FileContent.EqualityDeletes).GroupBy(d => string.Join(',', KeyOf(d).AllFields().Select(f => f.Id))))
        {
            var (key, rows) = (KeyOf(sameKey.First()), new List<RecordBatch>());
            foreach (var delete in sameKey)
            {
                rows.AddRange(await cache.GetAsync(delete.Location, () => ReadKeysAsync(delete, key, cancellationToken), cancellationToken).ConfigureAwait(false));
            }

            if (rows.Count > 0)
            {
                equalities.Add(new EqualityDeletes(key, rows, [.. sameKey]));
            }
        }

        return new RowDeletes(DeletedPositions.Union(positions), equalities);
    }

    /// <summary>A delete file as a task of the data file port.</summary>
    internal static FileScanTask TaskOf(PlannedDelete delete, Schema schema) =>
        new(delete.File, delete.Location, PartitionSpec.Unpartitioned, schema, Filter.True, null, delete.DataSequenceNumber, []);

    private static Schema KeyOf(PlannedDelete delete) => delete.Key
        ?? throw new InvalidTableArgumentException($"the equality delete '{delete.File.FilePath}' was planned without the columns that it compares");

    private async Task<DeletedPositions?> PositionsAsync(PlannedDelete delete, string path, CancellationToken cancellationToken)
    {
        if (delete.File.FileFormat == "PUFFIN")
        {
            return await ReadVectorAsync(delete, cancellationToken).ConfigureAwait(false);
        }

        if (DeleteIndex.OnlyDataFile(delete.File) is not null || delete.File.RecordCount > cacheBytes / AssumedBytesPerPosition)
        {
            return (await PositionDeleteFile.ReadAsync(format, delete, path, cancellationToken).ConfigureAwait(false)).GetValueOrDefault(path);
        }

        var all = await cache.GetAsync(delete.Location, () => ReadPositionsAsync(delete, cancellationToken), cancellationToken).ConfigureAwait(false);
        return all.GetValueOrDefault(path);
    }

    private async Task<(Dictionary<string, DeletedPositions> Value, long Bytes)> ReadPositionsAsync(PlannedDelete delete, CancellationToken cancellationToken)
    {
        var all = await PositionDeleteFile.ReadAsync(format, delete, null, cancellationToken).ConfigureAwait(false);
        return (all, all.Sum(p => p.Value.Bytes + (p.Key.Length * 2)));
    }

    private async Task<(List<RecordBatch> Value, long Bytes)> ReadKeysAsync(PlannedDelete delete, Schema key, CancellationToken cancellationToken)
    {
        var rows = new List<RecordBatch>();
        var schema = ArrowSchema.From(key);
        // Were a column not there, every row of the table with a null in it would be deleted.
        var strict = key with { Fields = [.. key.Fields.Select(f => f with { Required = true, InitialDefault = null })] };
        await foreach (var batch in format.ReadAsync(TaskOf(delete, strict), strict, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                rows.Add(ManagedBatch.CopyOf(batch, schema));
            }
        }

        return (rows, rows.Sum(ManagedBatch.BytesOf));
    }

    private async Task<DeletedPositions> ReadVectorAsync(PlannedDelete delete, CancellationToken cancellationToken)
    {
        var file = delete.File;
        if (file is not { ContentOffset: >= 0 and var offset, ContentSizeInBytes: >= 0 and <= LargestVectorBytes and var length })
        {
            throw new InvalidFileException(file.FilePath, "its manifest does not say where in it the deletion vector lies, or one of more than 1 GiB");
        }

        var stream = await storage.OpenReadAsync(delete.Location, cancellationToken).ConfigureAwait(false);
        await using var opened = stream.ConfigureAwait(false);
        if (offset > stream.Length - length)
        {
            throw new InvalidFileException(file.FilePath, $"its manifest places a deletion vector at byte {offset} with {length} bytes, but it has {stream.Length}");
        }

        var blob = new byte[length];
        stream.Seek(offset, SeekOrigin.Begin);
        await stream.ReadExactlyAsync(blob, cancellationToken).ConfigureAwait(false);
        try
        {
            var positions = DeletionVector.Read(blob);
            return positions.Count == file.RecordCount
                ? positions
                : throw new InvalidDataException($"a deletion vector has {positions.Count} positions where its manifest says {file.RecordCount}");
        }
        catch (InvalidDataException error)
        {
            throw new InvalidFileException(file.FilePath, error.Message, error);
        }
    }
}
