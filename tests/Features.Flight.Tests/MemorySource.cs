using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;

namespace Features.Flight.Tests;

/// <summary>Data sets computed from their row numbers; a test can make them wait or fail.</summary>
internal sealed class MemorySource : IDatasetSource
{
    private readonly Dictionary<string, (DatasetPlan Plan, Func<long, int, RecordBatch> Rows)> datasets = [];

    public int Reads;

    public int Finished;

    /// <summary>How often a name was looked for.</summary>
    public int Finds;

    /// <summary>What is thrown for a name that does not exist; null for nothing.</summary>
    public Func<string, Exception>? Fault { get; set; }

    /// <summary>A data set that is listed and cannot be read; null for none.</summary>
    public string? Unreadable { get; set; }

    public int BatchRows { get; set; } = 1000;

    /// <summary>Awaited before each batch, with the row that it begins with.</summary>
    public Func<long, CancellationToken, Task> BeforeBatch { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Rows that are left out at the end.</summary>
    public long Missing { get; set; }

    public MemorySource Add(string name, long rows, Schema? schema = null, string? outcome = null, IReadOnlyDictionary<string, ColumnRole>? roles = null, string? digest = null)
    {
        var isNarrow = schema is null || ReferenceEquals(schema, Tables.Narrow);
        datasets[name + outcome] = (new DatasetPlan(name, $"sha256:{digest ?? name}", rows, schema ?? Tables.Narrow) { Outcome = outcome, Roles = roles ?? new Dictionary<string, ColumnRole>() }, isNarrow ? Tables.NarrowRows : Tables.Rows);
        return this;
    }

    /// <summary>Rows of any types: slices of a batch, so that their arrays begin anywhere. The batch stays the test's.</summary>
    public MemorySource Add(string name, RecordBatch rows, IReadOnlyDictionary<string, ColumnRole>? roles = null)
    {
        var plan = new DatasetPlan(name, $"sha256:{name}", rows.Length, rows.Schema) { Roles = roles ?? new Dictionary<string, ColumnRole>() };
        datasets[name] = (plan, (first, count) => new RecordBatch(rows.Schema, rows.Arrays.Select(array => ArrowArrayFactory.BuildArray(DerivedBatch.Borrow(array.Data).Slice((int)first, count))), count));
        return this;
    }

    public StorePlan Plan(string name) => new(datasets[name].Plan);

    public async IAsyncEnumerable<DatasetPlan> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var (plan, _) in datasets.Values.Where(dataset => dataset.Plan.Outcome is null))
        {
            yield return plan;
        }
    }

    public ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Finds);
        if (selection.Name == Unreadable)
        {
            throw new DatasetSourceException(SourceFault.Unreachable, "its store does not answer", cause: null);
        }

        return datasets.TryGetValue(selection.Name + outcome, out var dataset) ? ValueTask.FromResult<DatasetPlan?>(dataset.Plan)
            : Fault is { } fault ? throw fault(selection.Name)
            : ValueTask.FromResult<DatasetPlan?>(null);
    }

    public Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<IDatasetPart>>([new Whole(this, plan)]);

    private async IAsyncEnumerable<RecordBatch> ReadAsync(DatasetPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Reads);
        try
        {
            for (var row = 0L; row < plan.Rows - Missing; row += BatchRows)
            {
                await BeforeBatch(row, cancellationToken);
                yield return datasets[plan.Name + plan.Outcome].Rows(row, (int)Math.Min(BatchRows, plan.Rows - Missing - row));
            }
        }
        finally
        {
            Interlocked.Increment(ref Finished);
        }
    }

    private sealed class Whole(MemorySource source, DatasetPlan plan) : IDatasetPart
    {
        public long Rows => plan.Rows;

        public IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken) => source.ReadAsync(plan, cancellationToken);
    }
}
