using Apache.Arrow;
using Features.Core.Inbox;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Table = Features.Iceberg.Table;

namespace Features.Core.Ingestion;

/// <summary>
/// The data files of one attempt. Their names begin with the batch's run and the claim's token, so that what a killed attempt left is known by its name.
/// Disposing removes those that were written and not committed.
/// </summary>
internal sealed class BatchFiles(IDataFileFormat format, ClaimedBatch batch) : IAsyncDisposable
{
    private readonly List<(Table Table, string Location)> uncommitted = [];

    /// <summary>Writes rows into data files of a table that no snapshot names yet.</summary>
    public Task<IReadOnlyList<DataFile>> WriteAsync(Table table, IAsyncEnumerable<RecordBatch> rows, CancellationToken cancellationToken) =>
        WriteAsync(table, prefix => new PartitionedWriter(table, format).WriteAsync(rows, prefix, cancellationToken));

    /// <summary>Has data files written whose names begin as given.</summary>
    public async Task<IReadOnlyList<DataFile>> WriteAsync(Table table, Func<string, Task<IReadOnlyList<DataFile>>> write)
    {
        var files = await write(PrefixOf(batch.RunId, batch.Token)).ConfigureAwait(false);
        uncommitted.AddRange(files.Select(f => (table, f.FilePath)));
        return files;
    }

    /// <summary>A table's files of this attempt are in a snapshot, or may be: they stay.</summary>
    public void Keep(Table table) => uncommitted.RemoveAll(f => f.Table.Identifier == table.Identifier);

    /// <summary>
    /// Removes from a table what other attempts at the batch left. Only once the batch is committed: until then such an attempt may be alive and commit its files; from then on it cannot.
    /// </summary>
    /// <param name="table">The table after the commit.</param>
    /// <param name="committedToken">The token of the attempt whose files are in the snapshot; null if the batch put none there.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    public async Task RemoveLeftoversAsync(Table table, long? committedToken, CancellationToken cancellationToken)
    {
        var (any, committed) = ($"{batch.RunId}-", committedToken is { } token ? PrefixOf(batch.RunId, token) : null);
        await foreach (var file in table.Storage.ListAsync(table.DataFolder, cancellationToken).ConfigureAwait(false))
        {
            var name = file.Location[(file.Location.LastIndexOf('/') + 1)..];
            if (name.StartsWith(any, StringComparison.Ordinal) && (committed is null || !name.StartsWith($"{committed}-", StringComparison.Ordinal)))
            {
                await table.Storage.DeleteAsync(file.Location, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (table, location) in uncommitted)
        {
            try
            {
                await table.Storage.DeleteAsync(location, CancellationToken.None).ConfigureAwait(false);
            }
            catch (StorageException)
            {
                // The next attempt removes it as a leftover; the error that brought us here matters more.
            }
        }
    }

    private static string PrefixOf(string runId, long token) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{runId}-{token}");
}
