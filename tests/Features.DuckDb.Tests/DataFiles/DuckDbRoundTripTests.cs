using Apache.Arrow;
using Features.Core.Engine;
using Features.DuckDb.DataFiles;
using Features.Iceberg.Conformance;
using Features.Iceberg.Conformance.RoundTrips;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Storage;

namespace Features.DuckDb.Tests.DataFiles;

/// <summary>Beside the adapter, SQL over each plan must give the same rows, and some rows are written by it.</summary>
public sealed class DuckDbRoundTripTests : TableRoundTripConformance, IAsyncDisposable
{
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 1 });

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        Dispose();
    }

    protected override bool WritesElsewhere => true;

    protected override IDataFileFormat Create(IObjectStore storage) => new DuckDbDataFiles(engine, new ParquetNetFormat(storage));

    protected override async Task<List<string>?> ReadElsewhereAsync(ScanPlan plan)
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        await session.AddTableAsync("ns.t", plan, default);
        var rows = new List<string>();
        await foreach (var batch in session.QueryAsync("SELECT * FROM ns.t", default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, plan.Projection).Select(r => Rows.Text(r)));
            }
        }

        return rows;
    }

    protected override async Task<IReadOnlyList<DataFile>> WriteElsewhereAsync(Features.Iceberg.Table table, IAsyncEnumerable<RecordBatch> rows)
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        await session.AddBatchesAsync("given", ArrowSchema.From(table.Metadata.CurrentSchema), rows, default);
        return await session.WriteAsync(table, "SELECT * FROM given", "elsewhere", default);
    }
}
