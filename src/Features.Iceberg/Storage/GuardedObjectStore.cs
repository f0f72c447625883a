namespace Features.Iceberg.Storage;

/// <summary>
/// Asks a policy about every location before anything is done with it, and then lets the inner store do it. It stands inside a <see cref="RelocatedObjectStore"/>, so that what is asked
/// about is the place that is touched. It does not own the inner stores.
/// </summary>
/// <param name="inner">What does the work.</param>
/// <param name="files">The same objects as local files.</param>
/// <param name="policy">What may be touched.</param>
public sealed class GuardedObjectStore(IObjectStore inner, ILocalFiles files, LocationPolicy policy) : IObjectStore, ILocalFiles
{
    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        policy.Check(location);
        return inner.OpenReadAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        policy.Check(location);
        return inner.CreateAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken)
    {
        policy.Check(location);
        return inner.StatAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        policy.Check(prefix);
        return inner.ListAsync(prefix, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken)
    {
        policy.Check(location);
        return inner.DeleteAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="LocationNotAllowedException">The policy refuses it.</exception>
    public ValueTask<LocalFile> FetchAsync(string location, CancellationToken cancellationToken)
    {
        policy.Check(location);
        return files.FetchAsync(location, cancellationToken);
    }
}
