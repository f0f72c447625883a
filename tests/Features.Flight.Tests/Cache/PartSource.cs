using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;

namespace Features.Flight.Tests.Cache;

/// <summary>Data sets of any size in parts of any size, computed from their row numbers. A test can make every batch wait or fail.</summary>
internal sealed class PartSource : IDatasetSource
{
    private int reads;
    private int reading;
    private int mostReading;

    /// <summary>Parts whose reading began.</summary>
    public int Reads => reads;

    /// <summary>Most parts that were being read at the same time.</summary>
    public int MostReading => mostReading;

    public int BatchRows { get; set; } = 1000;

    /// <summary>Rows of each part but the last.</summary>
    public long PartRows { get; set; } = long.MaxValue;

    /// <summary>Awaited before each batch, with the row that it begins with.</summary>
    public Func<DatasetPlan, long, CancellationToken, Task> BeforeBatch { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>What a name stands for now.</summary>
    public Dictionary<string, DatasetPlan> Newest { get; } = [];

    public static StorePlan Narrow(string name, long rows, string version = "1") => new(new DatasetPlan(name, $"sha256:{name}@{version}", rows, Tables.Narrow));

    public static StorePlan Wide(string name, long rows) => new(new DatasetPlan(name, $"sha256:{name}", rows, Tables.Schema));

    public async IAsyncEnumerable<DatasetPlan> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var plan in Newest.Values)
        {
            yield return plan;
        }
    }

    /// <summary>Whether a selection cannot be.</summary>
    public Func<DatasetSelection, bool> IsRefused { get; set; } = _ => false;

    public ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken) => IsRefused(selection)
        ? throw new FormatException("there is no such column")
        : ValueTask.FromResult(Newest.GetValueOrDefault(selection.Name));

    public Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken)
    {
        var parts = new List<IDatasetPart>();
        for (var first = 0L; first < plan.Rows; first += parts[^1].Rows)
        {
            parts.Add(new Part(this, plan, first, Math.Min(PartRows, plan.Rows - first)));
        }

        return Task.FromResult<IReadOnlyList<IDatasetPart>>(parts);
    }

    private sealed class Part(PartSource source, DatasetPlan plan, long first, long rows) : IDatasetPart
    {
        public long Rows => rows;

        public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref source.reads);
            var now = Interlocked.Increment(ref source.reading);
            for (int most; (most = Volatile.Read(ref source.mostReading)) < now && Interlocked.CompareExchange(ref source.mostReading, now, most) != most;)
            {
            }

            try
            {
                for (var row = first; row < first + rows; row += source.BatchRows)
                {
                    await source.BeforeBatch(plan, row, cancellationToken);
                    var count = (int)Math.Min(source.BatchRows, first + rows - row);
                    yield return ReferenceEquals(plan.Schema, Tables.Narrow) ? Tables.NarrowRows(row, count) : Tables.Rows(row, count);
                }
            }
            finally
            {
                Interlocked.Decrement(ref source.reading);
            }
        }
    }
}
