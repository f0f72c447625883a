using Apache.Arrow;
using Features.Core.Engine;
using Features.Iceberg.Scans;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.DuckDb.Runs;

/// <summary>The live rows of a file that the engine has no exact types for, read without it.</summary>
internal sealed class ManagedRun(DuckDbEngine engine, FileScanTask task, Schema projection) : IRowRun
{
    public long? Rows => task.Deletes.Count == 0 ? task.File.RecordCount : null;

    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var rows = 0L;
        await foreach (var batch in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                rows += batch.Length;
            }
        }

        return rows;
    }

    // Pruning is the reader's business: the run has every live row.
    public IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken) =>
        engine.Files.NewScanReader().ReadAsync(task with { Residual = Filter.True }, projection, cancellationToken);
}
