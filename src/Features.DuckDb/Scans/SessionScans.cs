using Features.DuckDb.Queries;
using Features.Iceberg.Scans;

namespace Features.DuckDb.Scans;

/// <summary>The scans that a session reads: holds their files on this machine and the tables of their deletes until disposed.</summary>
/// <param name="connection">The session's connection.</param>
/// <param name="catalog">The session's database.</param>
/// <param name="tables">How files are reached.</param>
internal sealed class SessionScans(EngineConnection connection, string catalog, TableFiles tables) : IDisposable
{
    private readonly List<LeasedFiles> leases = [];
    private readonly DeleteTables deletes = new(connection, catalog);

    /// <summary>A SELECT of a plan's live rows, and the files that it opens.</summary>
    internal async Task<(string Select, IReadOnlyList<string> Paths)> OpenAsync(ScanPlan plan, CancellationToken cancellationToken)
    {
        var (files, columns) = await tables.OpenAsync(plan.Tasks, cancellationToken).ConfigureAwait(false);
        leases.Add(files);
        var applied = await deletes.FillAsync(plan.Tasks, tables.NewDeleteReader(), cancellationToken).ConfigureAwait(false);
        var parts = files.Files.Select((file, i) => new ScanPart(file.Task, file.Path, columns[i], i, applied[i])).ToList();
        return (ScanSelect.Build(plan.Projection, parts), [.. files.Files.Select(f => f.Path)]);
    }

    public void Dispose()
    {
        leases.ForEach(l => l.Dispose());
        leases.Clear();
    }
}
