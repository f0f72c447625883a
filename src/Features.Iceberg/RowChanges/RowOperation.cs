using System.Globalization;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.RowChanges;

/// <summary>One operation on rows: the snapshot that it reads, the files that it has written so far, and its one commit.</summary>
internal sealed class RowOperation
{
    private readonly List<DataFile> written = [];

    /// <exception cref="UnsupportedFeatureException">The table is of a format version that is not written.</exception>
    /// <exception cref="InvalidTableArgumentException">The table was opened by location, or the branch is a tag.</exception>
    public RowOperation(Table table, IDataFileFormat format, string branch)
    {
        if (table.Metadata.FormatVersion != 2)
        {
            throw new UnsupportedFeatureException(
                string.Create(CultureInfo.InvariantCulture, $"writing format version {table.Metadata.FormatVersion}"), table.Name, "write it with the engine that made it, or copy it into a version 2 table");
        }

        // Refused before a row is written, not after.
        _ = table.NewTransaction();
        (Table, Format, Branch) = (table, format, branch);
        Snapshot = BranchState.Latest(table.Metadata, branch, table.Name);
        Reader = new ScanReader(format, table.Storage);
    }

    public Table Table { get; }

    public IDataFileFormat Format { get; }

    public string Branch { get; }

    /// <summary>The state that is read and changed; null for none.</summary>
    public Snapshot? Snapshot { get; }

    public ScanReader Reader { get; }

    /// <summary>The files that may hold rows of a filter, by the table's current schema.</summary>
    public async Task<IReadOnlyList<FileScanTask>> PlanAsync(Filter filter, CancellationToken cancellationToken)
    {
        if (Snapshot is null)
        {
            return [];
        }

        var scan = Table.NewScan() with { SnapshotId = Snapshot.SnapshotId, SchemaId = Table.Metadata.CurrentSchemaId, Filter = filter };
        return (await scan.PlanAsync(cancellationToken).ConfigureAwait(false)).Tasks;
    }

    /// <summary>Writes rows into data files of the default spec, which are removed if the operation fails.</summary>
    public Task<IReadOnlyList<DataFile>> WriteAsync(IAsyncEnumerable<RecordBatch> rows, CancellationToken cancellationToken) =>
        WriteAsync(new PartitionedWriter(Table, Format), rows, cancellationToken);

    /// <inheritdoc cref="WriteAsync(IAsyncEnumerable{RecordBatch}, CancellationToken)"/>
    public async Task<IReadOnlyList<DataFile>> WriteAsync(PartitionedWriter writer, IAsyncEnumerable<RecordBatch> rows, CancellationToken cancellationToken)
    {
        var files = await writer.WriteAsync(rows, "rows", cancellationToken).ConfigureAwait(false);
        written.AddRange(files);
        return files;
    }

    /// <summary>Writes the deleted positions of a data file, in a file that is removed if the operation fails.</summary>
    public async Task<DataFile> WriteDeletesAsync(DataFile dataFile, IEnumerable<long> positions, CancellationToken cancellationToken)
    {
        var file = await new PositionDeleteWriter(Table, Format).WriteAsync(dataFile, positions, "rows", cancellationToken).ConfigureAwait(false);
        written.Add(file);
        return file;
    }

    /// <summary>Says that files are part of the table now, whatever becomes of the rest of the operation.</summary>
    public void Keep(IReadOnlyList<DataFile> files) => written.RemoveAll(files.Contains);

    /// <summary>Removes files that were written on the way and are not to be committed.</summary>
    public async Task DropAsync(IReadOnlyList<DataFile> files)
    {
        await WrittenFiles.RemoveAsync(Table.Storage, files).ConfigureAwait(false);
        written.RemoveAll(files.Contains);
    }

    /// <summary>What to check of others' commits, by the isolation that the table asks of a command.</summary>
    public ConflictCheck Check(RowLevelCommand command, Filter filter) => new(Snapshot?.SnapshotId, WriteIsolation.Of(Table.Metadata, command), filter);

    /// <summary>The outcome of an operation that has nothing to do.</summary>
    public RowChange Nothing() => new(new CommitResult(Table, Changed: false));

    public Task<CommitResult> CommitAsync(SnapshotAction action, CancellationToken cancellationToken) => Table.NewTransaction().Add(action).CommitAsync(cancellationToken);

    /// <summary>Runs the operation; if it fails, what it wrote is removed, unless it may have been committed.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> operation)
    {
        try
        {
            return await operation().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not CommitStateUnknownException)
        {
            await WrittenFiles.RemoveAsync(Table.Storage, written).ConfigureAwait(false);
            throw;
        }
    }
}
