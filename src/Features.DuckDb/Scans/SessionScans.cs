using Apache.Arrow;
using Features.DuckDb.Batches;
using Features.DuckDb.Queries;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.DuckDb.Scans;

/// <summary>The scans that a session reads: holds their files on this machine until disposed, and the tables that they need beside the files.</summary>
internal sealed class SessionScans : IDisposable
{
    private readonly List<LeasedFiles> leases = [];
    private readonly TableFiles files;
    private readonly HiddenTables hidden;
    private readonly DeleteTables deletes;

    /// <param name="connection">The session's connection.</param>
    /// <param name="catalog">The session's database.</param>
    /// <param name="files">How files are reached.</param>
    internal SessionScans(EngineConnection connection, string catalog, TableFiles files)
    {
        this.files = files;
        hidden = new HiddenTables(connection, catalog);
        deletes = new DeleteTables(hidden);
    }

    /// <summary>A SELECT of a plan's live rows, and the files that it opens.</summary>
    internal async Task<(string Select, IReadOnlyList<string> Paths)> OpenAsync(ScanPlan plan, CancellationToken cancellationToken)
    {
        var projection = EngineNames.Of(plan.Projection);
        var (leased, columns) = await files.OpenAsync(plan.Tasks, cancellationToken).ConfigureAwait(false);
        leases.Add(leased);
        var bySql = plan.Tasks.Select((task, i) => EngineReach.Reads(projection, task, columns[i])).ToList();
        var reached = plan.Tasks.Where((_, i) => bySql[i]).ToList();
        var applied = await deletes.FillAsync(reached, files.NewDeleteReader(), cancellationToken).ConfigureAwait(false);
        var parts = leased.Files.Zip(columns).Where((_, i) => bySql[i]).Select((f, i) => new ScanPart(f.First.Task, f.First.Path, f.Second, i, applied[i])).ToList();
        var isHeld = EngineReach.Holds(projection);
        var select = reached.Count > 0 || (plan.Tasks.Count == 0 && isHeld) ? ScanSelect.Build(projection, parts) : null;
        var rest = reached.Count == plan.Tasks.Count && isHeld ? null : await LoadAsync(plan.Tasks.Where((_, i) => !bySql[i]), projection, cancellationToken).ConfigureAwait(false);
        return (string.Join(" UNION ALL ", new[] { select, rest }.OfType<string>()), [.. parts.Select(p => p.Path)]);
    }

    public void Dispose()
    {
        leases.ForEach(l => l.Dispose());
        leases.Clear();
    }

    /// <summary>A SELECT of rows that are read without SQL, into a table.</summary>
    private async Task<string> LoadAsync(IEnumerable<FileScanTask> tasks, Schema projection, CancellationToken cancellationToken)
    {
        var reader = files.NewScanReader();
        // Row by row into a table of the session, which spills: a view could not read them again.
        var columns = EngineBatch.Of(ArrowSchema.From(projection));
        var (table, appender) = await hidden.CreateAsync(columns, cancellationToken).ConfigureAwait(false);
        using (appender)
        {
            foreach (var task in tasks)
            {
                await foreach (var batch in reader.ReadAsync(task, projection, cancellationToken).ConfigureAwait(false))
                {
                    using (batch)
                    {
                        await hidden.Connection.RunAsync(() => appender.Append(InEngineTypes(batch, columns, task)), cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            await hidden.Connection.RunAsync(appender.Complete, cancellationToken).ConfigureAwait(false);
        }

        return $"SELECT * FROM {table}";
    }

    private static RecordBatch InEngineTypes(RecordBatch batch, Apache.Arrow.Schema columns, FileScanTask task)
    {
        try
        {
            return EngineBatch.Of(batch, columns);
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidFileException(task.Location, fault.Message, fault);
        }
    }
}
