using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Engine;
using Features.Core.PointInTime;

namespace Features.Core.TrainingSets;

/// <summary>Rows of a training set that stand together and can be read by themselves. Their <c>_row</c> is checked as they come.</summary>
public sealed class TrainingSetPart
{
    private readonly TrainingSetManifest manifest;
    private readonly IRowRun run;
    private readonly Schema schema;
    private readonly long? first;

    /// <param name="manifest">The set.</param>
    /// <param name="run">Its rows.</param>
    /// <param name="rows">How many they are.</param>
    /// <param name="schema">The columns as the reader shall see them.</param>
    /// <param name="first">The <c>_row</c> of the first, if every row is read; null if some are filtered out.</param>
    internal TrainingSetPart(TrainingSetManifest manifest, IRowRun run, long rows, Schema schema, long? first) =>
        (this.manifest, this.run, Rows, this.schema, this.first) = (manifest, run, rows, schema, first);

    /// <summary>Its rows.</summary>
    public long Rows { get; }

    /// <summary>The rows in <c>_row</c> order. The consumer disposes each batch.</summary>
    /// <exception cref="TrainingSetException">Rows are missing or out of order.</exception>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var order = new RowSequence(manifest.Name, first);
        await foreach (var batch in run.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                order.Check((Int64Array)batch.Column(JoinedRows.RowColumn));
            }
            catch
            {
                batch.Dispose();
                throw;
            }

            yield return new RecordBatch(schema, batch.Arrays, batch.Length);
        }

        if (order.Rows != Rows)
        {
            throw new TrainingSetException(TrainingSetJson.Broken, $"a part of the training set '{manifest.Name}' has {order.Rows} rows where {Rows} belong; create it again with replace");
        }
    }
}
