using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Runs;

/// <summary>Cuts a scan into runs: large files between row groups, and small neighbours of one schema together.</summary>
/// <param name="engine">Reads them.</param>
/// <param name="groups">Where files can be cut.</param>
internal sealed class RunCutting(DuckDbEngine engine, RowGroups groups)
{
    // Enough to make up for a query's start, few enough that several readers finish at about the same time.
    private const long RowsPerRun = 1 << 19;
    private const long BytesPerRun = 32L << 20;
    private const int FilesPerRun = 256;

    internal async Task<IReadOnlyList<IRowRun>> CutAsync(ScanPlan plan, RowCondition? condition, CancellationToken cancellationToken)
    {
        var projection = RunProjection.Of(plan, condition);
        var (files, columns) = await engine.Files.OpenAsync(plan.Tasks, cancellationToken).ConfigureAwait(false);
        using var leased = files;
        IReadOnlyList<IReadOnlyList<long>> cuts;
        try
        {
            cuts = await groups.ReadAsync(leased.Files, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineFault fault)
        {
            throw new StorageException(plan.TableName, fault.Reason, "see that its files can be read, then repeat", fault.IsTransient, fault);
        }

        var runs = new List<IRowRun>();
        var together = new List<FileScanTask>();
        for (var i = 0; i < plan.Tasks.Count; i++)
        {
            var task = plan.Tasks[i];
            if (together.Count > 0 && (IsLarge(task) || columns[i] != columns[i - 1] || together.Count == FilesPerRun || IsFull(together)))
            {
                Close();
            }

            if (!EngineReach.Reads(projection.Read(task), task, columns[i]))
            {
                Close();
                runs.Add(condition is null
                    ? new ManagedRun(engine, task, projection.Wanted)
                    : throw new UnsupportedFeatureException("a condition on rows of a column that the engine has no exact type for", task.Location, "leave the condition out, or the column"));
            }
            else if (IsLarge(task))
            {
                runs.AddRange(Cut(task, cuts[i]).Select(range => new SqlRun(engine, projection, condition, [task], range)));
            }
            else
            {
                together.Add(task);
            }
        }

        Close();
        return runs;

        void Close()
        {
            if (together.Count > 0)
            {
                runs.Add(new SqlRun(engine, projection, condition, [.. together], range: null));
                together.Clear();
            }
        }
    }

    // A file with deletes stands by itself, because files are put together by what is deleted of them.
    private static bool IsLarge(FileScanTask task) => task.Deletes.Count > 0 || task.File.RecordCount > RowsPerRun || task.File.FileSizeInBytes > BytesPerRun;

    private static bool IsFull(List<FileScanTask> tasks) => tasks.Sum(t => t.File.RecordCount) >= RowsPerRun || tasks.Sum(t => t.File.FileSizeInBytes) >= BytesPerRun;

    private static List<RowRange?> Cut(FileScanTask task, IReadOnlyList<long> groups)
    {
        var rowsPerRun = Math.Clamp((long)((double)task.File.RecordCount * BytesPerRun / Math.Max(1, task.File.FileSizeInBytes)), 1, RowsPerRun);
        var (first, end) = (0L, 0L);
        var ranges = new List<RowRange?>();
        foreach (var rows in groups)
        {
            if (end > first && end + rows - first > rowsPerRun)
            {
                ranges.Add(new RowRange(first, end));
                first = end;
            }

            end += rows;
        }

        ranges.Add(first == 0 ? null : new RowRange(first, end));
        return ranges;
    }
}
