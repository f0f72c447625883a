using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg.Scans;

namespace Features.DuckDb.Runs;

/// <summary>What one reading of a run holds: its files, a connection, and a database for what is deleted.</summary>
internal sealed class OpenedRun(EngineConnection connection, LeasedFiles files) : IAsyncDisposable
{
    private string? catalog;

    internal EngineConnection Connection { get; } = connection;

    /// <summary>The FROM clause, and the WHERE clause.</summary>
    internal string From { get; set; } = "";

    /// <summary>Fills tables with the deletes of files.</summary>
    internal async Task<IReadOnlyList<AppliedDeletes>> DeletesAsync(DuckDbEngine engine, IReadOnlyList<FileScanTask> tasks, CancellationToken cancellationToken)
    {
        var name = engine.NewCatalog();
        await Connection.RunAsync(() => Connection.Execute($"ATTACH ':memory:' AS {SqlText.Name(name)}; USE {SqlText.Name(name)}"), cancellationToken).ConfigureAwait(false);
        catalog = name;
        return await new DeleteTables(new HiddenTables(Connection, name)).FillAsync(tasks, engine.Files.NewDeleteReader(), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (catalog is not null)
            {
                Connection.Execute($"USE memory; DETACH {SqlText.Name(catalog)}");
            }
        }
        finally
        {
            await Connection.DisposeAsync().ConfigureAwait(false);
            files.Dispose();
        }
    }
}
