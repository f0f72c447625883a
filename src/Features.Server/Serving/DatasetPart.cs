using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Flight.Cache;

namespace Features.Server.Serving;

/// <summary>A part of a data set as the cache reads it.</summary>
/// <param name="rows">Its rows.</param>
/// <param name="read">Reads them, as columns of the plan's types.</param>
/// <param name="schema">The plan's columns.</param>
internal sealed class DatasetPart(long rows, Func<CancellationToken, IAsyncEnumerable<RecordBatch>> read, Schema schema) : IDatasetPart
{
    public long Rows => rows;

    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var batches = read(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(batches))
        {
            var batch = batches.Current;
            yield return ReferenceEquals(batch.Schema, schema) ? batch : new RecordBatch(schema, batch.Arrays, batch.Length);
        }
    }

    private static async Task<bool> MoveNextAsync(IAsyncEnumerator<RecordBatch> batches)
    {
        try
        {
            return await batches.MoveNextAsync();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            throw SelectionFaults.OfLoad(fault);
        }
    }
}
