using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Engine;
using Features.DuckDb;
using Features.Flight.Cache;
using Features.Flight.Protocol;

namespace Features.Benchmarks.Flight.EpochCost;

/// <summary>The same files as a data set of the cache, <c>epoch-cost</c>.</summary>
internal sealed class FileSource(EpochCostOptions options, DuckDbEngine engine) : IDatasetSource
{
    public const string Name = "epoch-cost";

    private readonly IReadOnlyList<string> files = EpochData.Files(options);

    public async IAsyncEnumerable<DatasetPlan> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return Plan();
    }

    public ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken) =>
        ValueTask.FromResult(selection.Name == Name ? Plan() : null);

    public Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<IDatasetPart>>([.. files.Select((file, i) => new Part(engine, Columns(), file, Math.Min(1_000_000, options.Rows - (i * 1_000_000L))))]);

    private IEnumerable<string> Columns() => EpochData.Features(options.Width).Append("label");

    private DatasetPlan Plan() => new(Name, "sha256:epoch-cost", options.Rows, new Schema(Columns().Select(name => new Field(name, FloatType.Default, nullable: true)), null))
    {
        Roles = EpochData.Features(options.Width).Select(name => KeyValuePair.Create(name, ColumnRole.Feature)).Append(KeyValuePair.Create("label", ColumnRole.Label)).ToDictionary(),
    };

    private sealed class Part(DuckDbEngine engine, IEnumerable<string> columns, string file, long rows) : IDatasetPart
    {
        public long Rows => rows;

        public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await using var session = await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
            await foreach (var batch in session.QueryAsync($"SELECT {string.Join(", ", columns)} FROM read_parquet('{file}')", cancellationToken))
            {
                yield return batch;
            }
        }
    }
}
