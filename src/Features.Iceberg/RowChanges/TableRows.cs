using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.RowChanges;

/// <summary>
/// Changes of a table's rows, each in one commit: what the operation reads is the table as it was given, and what others have committed since is checked by the isolation that the table's properties ask for
/// (<c>write.delete.isolation-level</c>, <c>write.update.isolation-level</c>, <c>write.merge.isolation-level</c>; default serializable). An operation that fails leaves no data file behind; one whose outcome is
/// unknown leaves all of them. Batches have columns by name, in any order and their rows in any order (see <see cref="PartitionedWriter"/>); they are disposed when they are written.
/// </summary>
/// <param name="table">The table; open it again, or take the one of the last result, to go on from a newer state.</param>
/// <param name="format">Reads and writes its data files.</param>
public sealed class TableRows(Table table, IDataFileFormat format)
{
    /// <summary>The branch that is read and changed; one that does not exist is made from the current state. Default <c>main</c>.</summary>
    public string Branch { get; init; } = SnapshotRef.Main;

    /// <summary>Entries for the snapshot's summary, beside those that the commit computes; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Summary { get; init; }

    /// <summary>Adds rows.</summary>
    /// <exception cref="InvalidTableArgumentException">The rows do not fit the table; every such column is named.</exception>
    public Task<RowChange> AppendAsync(IAsyncEnumerable<RecordBatch> batches, CancellationToken cancellationToken = default) => RunAsync(async operation =>
    {
        var added = await operation.WriteAsync(batches, cancellationToken).ConfigureAwait(false);
        return added.Count == 0 ? operation.Nothing() : new RowChange(
            await operation.CommitAsync(new AppendFiles(added, Summary) { Branch = Branch, MergesManifests = true }, cancellationToken).ConfigureAwait(false))
        {
            RowsInserted = Rows(added),
            DataFilesAdded = added.Count,
        };
    });

    /// <summary>
    /// Replaces the rows that match a filter by new ones. Files that by their metrics match wholly are dropped unread; others are written again without the rows that match (copy-on-write, whatever the table's mode).
    /// The new rows need not match the filter: what they are to be is the caller's to say, as with the overwrite of other libraries.
    /// </summary>
    /// <exception cref="CommitConflictException">Since the table was read, others changed rows of the filter, or files that are written again.</exception>
    public Task<RowChange> OverwriteAsync(IAsyncEnumerable<RecordBatch> batches, Filter filter, CancellationToken cancellationToken = default) => RunAsync(async operation =>
    {
        var added = await operation.WriteAsync(batches, cancellationToken).ConfigureAwait(false);
        return await ReplaceAsync(operation, filter, added, RowLevelMode.CopyOnWrite, RowLevelCommand.Update, cancellationToken).ConfigureAwait(false);
    });

    /// <summary>Replaces whole partitions, those that the new rows fall into by the default spec; in an unpartitioned table everything. No rows replace nothing.</summary>
    /// <exception cref="CommitConflictException">Since the table was read, others changed a partition that is replaced.</exception>
    public Task<RowChange> OverwritePartitionsAsync(IAsyncEnumerable<RecordBatch> batches, CancellationToken cancellationToken = default) => RunAsync(async operation =>
    {
        var added = await operation.WriteAsync(batches, cancellationToken).ConfigureAwait(false);
        if (added.Count == 0)
        {
            return operation.Nothing();
        }

        var action = new ReplacePartitions(added) { Check = operation.Check(RowLevelCommand.Update, Filter.True), Branch = Branch, Summary = Summary };
        return new RowChange(await operation.CommitAsync(action, cancellationToken).ConfigureAwait(false))
        {
            RowsInserted = Rows(added),
            RowsDeleted = null,
            DataFilesAdded = added.Count,
            DataFilesRemoved = null,
        };
    });

    /// <summary>
    /// Deletes the rows that match a filter, in the mode of the property <c>write.delete.mode</c>: <c>copy-on-write</c> (default) writes files with other rows again, <c>merge-on-read</c> writes position delete files, one a
    /// data file, which take in the earlier ones of that data file. Files of which no row stays are dropped in either mode.
    /// </summary>
    /// <exception cref="CommitConflictException">Since the table was read, others changed rows of the filter, or files that are written again.</exception>
    public Task<RowChange> DeleteAsync(Filter filter, CancellationToken cancellationToken = default) => RunAsync(operation =>
        ReplaceAsync(operation, filter, [], RowLevelModes.Of(table, RowLevelCommand.Delete), RowLevelCommand.Delete, cancellationToken));

    /// <summary>
    /// Replaces the rows that have a key of the given ones, and adds the others; rows that stand in the table already, all values the same, are left alone. Each key keeps one row, even where the table had several.
    /// The property <c>write.merge.mode</c> says how the replaced rows go (<c>copy-on-write</c>, the default, or <c>merge-on-read</c>). Of the rows given, only the keys are held in memory.
    /// </summary>
    /// <param name="batches">The rows.</param>
    /// <param name="keys">The key columns (those within structs as <c>struct.column</c>); null or empty for the schema's identifier fields. Not floating-point.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="InvalidTableArgumentException">There is no such key, a key is null, or two of the rows have the same, which the message names.</exception>
    /// <exception cref="CommitConflictException">Since the table was read, others changed rows that may have one of the keys.</exception>
    public Task<RowChange> UpsertAsync(IAsyncEnumerable<RecordBatch> batches, IReadOnlyList<string>? keys = null, CancellationToken cancellationToken = default) =>
        RunAsync(operation => new RowUpsert(operation, KeyColumns.Of(table, keys)).RunAsync(batches, Summary, cancellationToken));

    private async Task<RowChange> RunAsync(Func<RowOperation, Task<RowChange>> run)
    {
        var operation = new RowOperation(table, format, Branch);
        return await operation.RunAsync(() => run(operation)).ConfigureAwait(false);
    }

    private async Task<RowChange> ReplaceAsync(
        RowOperation operation, Filter filter, IReadOnlyList<DataFile> added, RowLevelMode mode, RowLevelCommand command, CancellationToken cancellationToken)
    {
        var matches = await MatchingRows.FindAsync(operation, filter, cancellationToken).ConfigureAwait(false);
        if (matches.Count == 0 && added.Count == 0)
        {
            return operation.Nothing();
        }

        var removal = await RowRemoval.WriteAsync(operation, matches, mode, cancellationToken).ConfigureAwait(false);
        var commit = await operation.CommitAsync(removal.ToAction(operation, added, operation.Check(command, filter), command, Summary), cancellationToken).ConfigureAwait(false);
        return new RowChange(commit)
        {
            RowsInserted = Rows(added),
            RowsDeleted = matches.Sum(m => m.Count),
            DataFilesAdded = added.Count + removal.Added.Count,
            DataFilesRemoved = removal.Removed.Count,
            DeleteFilesAdded = removal.Deletes.Count,
        };
    }

    private static long Rows(IReadOnlyList<DataFile> files) => files.Sum(f => f.RecordCount);
}
