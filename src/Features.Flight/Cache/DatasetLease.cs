using Features.Flight.Layout;

namespace Features.Flight.Cache;

/// <summary>The right to read a data set: it is not evicted until the lease is disposed.</summary>
internal sealed class DatasetLease(ColumnStore store, Action release) : IDisposable
{
    private Action? release = release;

    public ColumnStore Store { get; } = store;

    public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();
}
