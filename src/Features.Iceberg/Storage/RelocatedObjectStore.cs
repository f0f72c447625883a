using System.Diagnostics;

namespace Features.Iceberg.Storage;

/// <summary>Reads locations that were baked into metadata elsewhere: each pair (OLD, NEW) replaces a prefix, the longest match first; other locations pass unchanged. Read-only.</summary>
public sealed class RelocatedObjectStore(IObjectStore inner, IReadOnlyList<(string Old, string New)> prefixes) : IObjectStore
{
    private readonly IObjectStore inner = inner;
    private readonly IReadOnlyList<(string Old, string New)> prefixes = prefixes;

    /// <summary>Where a baked-in location lies now.</summary>
    public string Relocate(string location) => throw new UnreachableException($"{inner}{prefixes}");

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
