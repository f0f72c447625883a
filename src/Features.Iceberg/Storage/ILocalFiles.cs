namespace Features.Iceberg.Storage;

/// <summary>Objects as files on this machine, for engines that read paths.</summary>
public interface ILocalFiles
{
    /// <summary>The object as a whole local file, fetched if it lies elsewhere. It stays until the lease is disposed.</summary>
    /// <exception cref="NotFoundException">There is no such object.</exception>
    /// <exception cref="StorageException">It cannot be fetched.</exception>
    ValueTask<LocalFile> FetchAsync(string location, CancellationToken cancellationToken);
}

/// <summary>A lease of a local file; dispose it when the file is read.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Release">Called once, when the lease ends; null for files that always stay.</param>
public sealed record LocalFile(string Path, Action? Release = null) : IDisposable
{
    private Action? release = Release;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();
}
