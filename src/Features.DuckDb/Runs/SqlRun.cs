using System.Globalization;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;

namespace Features.DuckDb.Runs;

/// <summary>Live rows of whole files, or of a range of one, read by one statement on a connection of its own.</summary>
/// <param name="engine">Reads them.</param>
/// <param name="projection">What is read.</param>
/// <param name="condition">Which rows are wanted; null for all.</param>
/// <param name="tasks">The files, in order; with deletes, one alone.</param>
/// <param name="range">The positions in the one file; null for all rows.</param>
internal sealed class SqlRun(DuckDbEngine engine, RunProjection projection, RowCondition? condition, IReadOnlyList<FileScanTask> tasks, RowRange? range) : IRowRun
{
    private bool HasDeletes => tasks.Any(t => t.Deletes.Count > 0);

    public long? Rows => HasDeletes || condition is not null ? null : range is not null ? range.End - range.First : tasks.Sum(t => t.File.RecordCount);

    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        if (Rows is { } known)
        {
            return known;
        }

        var opened = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = opened.ConfigureAwait(false);
        return await GuardAsync(() => opened.Connection.RunAsync(() => opened.Connection.Read($"SELECT count(*) {opened.From}", r => r.GetInt64(0))[0], cancellationToken)).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var opened = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = opened.ConfigureAwait(false);

        // The engine keeps the order of a scan and of its filter; of a join with what is deleted it promises none.
        var sql = $"SELECT {projection.WantedSql} {opened.From}{(HasDeletes ? $" ORDER BY {RunProjection.PositionSql}" : "")}";
        var target = ArrowSchema.From(projection.Wanted);
        using var rows = await GuardAsync(() => opened.Connection.RunAsync(() => new ResultStream(new PreparedSelect(opened.Connection.Native, sql), target), cancellationToken)).ConfigureAwait(false);
        while (await GuardAsync(() => opened.Connection.RunAsync(rows.Next, cancellationToken)).ConfigureAwait(false) is { } batch)
        {
            yield return batch;
        }
    }

    private async Task<OpenedRun> OpenAsync(CancellationToken cancellationToken)
    {
        var (files, columns) = await engine.Files.OpenAsync(tasks, cancellationToken).ConfigureAwait(false);
        var opened = new OpenedRun(engine.Connect(), files);
        try
        {
            var deletes = HasDeletes ? await opened.DeletesAsync(engine, tasks, cancellationToken).ConfigureAwait(false) : [.. tasks.Select(_ => AppliedDeletes.None)];
            var needsPositions = HasDeletes || range is not null;
            var scan = ScanSelect.Build(
                needsPositions ? projection.WithPositions : projection.WithoutPositions,
                [.. files.Files.Select((f, i) => new ScanPart(f.Task, f.Path, columns[i], i, deletes[i]))]);
            opened.From = $"FROM ({scan}) AS live{Where()}";
            return opened;
        }
        catch (EngineFault fault)
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw Explained(fault);
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private string Where()
    {
        string?[] conditions =
        [
            range is null ? null : string.Create(CultureInfo.InvariantCulture, $"{RunProjection.PositionSql} >= {range.First} AND {RunProjection.PositionSql} < {range.End}"),
            condition is null ? null : $"({condition.Text})",
        ];
        var all = string.Join(" AND ", conditions.OfType<string>());
        return all.Length == 0 ? "" : $" WHERE {all}";
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (EngineFault fault)
        {
            throw Explained(fault);
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidFileException(tasks[0].Location, fault.Message, fault);
        }
    }

    // Without a condition the statement is ours, and the fault the files'.
    private Exception Explained(EngineFault fault) =>
        fault.IsTransient ? new StorageException(tasks[0].Location, fault.Reason, "give the engine more memory, or free space in its spill folder, then repeat", true, fault)
        : condition is null ? new InvalidFileException(tasks[0].Location, fault.Reason, fault)
        : new SqlException(fault.Reason, condition.Text, fault);
}
