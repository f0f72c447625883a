using Apache.Arrow;
using Features.Flight.Protocol;

namespace Features.Flight.Serving.Put;

/// <summary>One put. Its rows show together when it is committed; disposed before that, nothing of them is left.</summary>
public interface IFlightPut : IAsyncDisposable
{
    /// <summary>Takes rows in; they stay the caller's, and may be gone when this returns.</summary>
    ValueTask WriteAsync(RecordBatch rows, CancellationToken cancellationToken);

    /// <summary>All rows were sent. When this returns, they are committed; if it is cancelled or fails later than taking them in, they are all the same, or will be.</summary>
    /// <exception cref="PutException">They cannot be, or the id was given to other rows.</exception>
    Task<PutReceipt> CommitAsync(CancellationToken cancellationToken);
}
