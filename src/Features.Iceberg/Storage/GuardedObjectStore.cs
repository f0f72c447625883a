namespace Features.Iceberg.Storage;

/// <summary>
/// Asks a policy about every location before anything is done with it, and then lets the inner store do it. It stands inside a <see cref="RelocatedObjectStore"/>, so that what is asked
/// about is the place that is touched. It does not own the inner stores.
/// </summary>
/// <param name="inner">What does the work.</param>
/// <param name="files">The same objects as local files.</param>
/// <param name="policy">What may be touched at first.</param>
public sealed class GuardedObjectStore(IObjectStore inner, ILocalFiles files, LocationPolicy policy) : IObjectStore, ILocalFiles
{
    /// <summary>What may be touched; it may be replaced at any time, and holds from the next call on.</summary>
    public LocationPolicy Policy
    {
        get => Volatile.Read(ref current);
        set => Volatile.Write(ref current, value);
    }

    private LocationPolicy current = policy;

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        Policy.Check(location);
        return inner.OpenReadAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        Policy.Check(location);
        return inner.CreateAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken)
    {
        Policy.Check(location);
        return inner.StatAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        Policy.Check(prefix);
        return inner.ListAsync(prefix, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken)
    {
        Policy.Check(location);
        return inner.DeleteAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public ValueTask<LocalFile> FetchAsync(string location, CancellationToken cancellationToken)
    {
        Policy.Check(location);
        return files.FetchAsync(location, cancellationToken);
    }
}
