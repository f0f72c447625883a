using Apache.Arrow;

namespace Features.Flight.Client;

/// <summary>Rows of one step of one rank; disposing it gives the columns' memory back.</summary>
/// <param name="Rows">The rows, whose i-th stands at position <paramref name="Position"/> + i of the epoch.</param>
/// <param name="Position">The first row's global position; at or past the data set's rows it is padding.</param>
/// <param name="Step">The step, from 0. A step larger than a message comes in several batches.</param>
public sealed record DatasetBatch(RecordBatch Rows, long Position, long Step) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Rows.Dispose();
}
