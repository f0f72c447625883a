namespace Features.Iceberg.Storage;

/// <summary>Reads locations that were baked into metadata elsewhere: each pair (OLD, NEW) replaces a prefix by path segment, the longest match first; other locations pass unchanged. Read-only.</summary>
public sealed class RelocatedObjectStore : IObjectStore
{
    private readonly IObjectStore inner;
    private readonly (string Old, string New)[] prefixes;

    /// <summary>Reads <paramref name="inner"/> through the prefixes. <c>file:/a</c>, <c>file:///a</c> and <c>/a</c> are the same prefix, and so are s3, s3a and s3n.</summary>
    /// <exception cref="InvalidTableArgumentException">An old prefix is empty, or named twice with different replacements.</exception>
    public RelocatedObjectStore(IObjectStore inner, IReadOnlyList<(string Old, string New)> prefixes)
    {
        this.inner = inner;
        var canonical = prefixes.Select(p => (Old: Location.Canonical(p.Old), p.New)).Distinct().ToArray();
        var bad = canonical.Where(p => p.Old.Length == 0).Select(_ => "an empty prefix cannot be relocated")
            .Concat(canonical.GroupBy(p => p.Old).Where(g => g.Count() > 1).Select(g => $"'{g.Key}' is relocated to {string.Join(" and to ", g.Select(p => $"'{p.New}'"))}"))
            .ToArray();
        if (bad.Length > 0)
        {
            throw new InvalidTableArgumentException(string.Join("; ", bad) + "; give each old prefix one new one");
        }

        this.prefixes = [.. canonical.OrderByDescending(p => p.Old.Length)];
    }

    /// <summary>Where a baked-in location lies now, through all relocations that lie within one another.</summary>
    public string Relocate(string location) => inner is RelocatedObjectStore within ? within.Relocate(RelocateHere(location)) : RelocateHere(location);

    /// <summary>Where a baked-in location lies now for whoever reads it through <paramref name="storage"/>.</summary>
    internal static string LocationOf(IObjectStore storage, string location) => storage is RelocatedObjectStore moved ? moved.Relocate(location) : location;

    private string RelocateHere(string location)
    {
        var canonical = Location.Canonical(location);
        foreach (var (old, replacement) in prefixes)
        {
            if (Location.Below(old, canonical) is { } rest)
            {
                return Location.Combine(replacement, rest);
            }
        }

        return location;
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken) => inner.OpenReadAsync(RelocateHere(location), cancellationToken);

    /// <summary>Always refused: what was relocated is only read.</summary>
    /// <exception cref="StorageException">Always.</exception>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => throw ReadOnly(location);

    /// <inheritdoc/>
    public async Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) =>
        await inner.StatAsync(RelocateHere(location), cancellationToken).ConfigureAwait(false) is { } info ? info with { Location = location } : null;

    /// <summary>All objects below a prefix, under the names that metadata gives them.</summary>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var relocated = Location.Canonical(RelocateHere(prefix));
        await foreach (var info in inner.ListAsync(relocated, cancellationToken).ConfigureAwait(false))
        {
            yield return Location.Below(relocated, Location.Canonical(info.Location)) is { } rest ? info with { Location = Location.Combine(prefix, rest) } : info;
        }
    }

    /// <summary>Always refused: what was relocated is only read.</summary>
    /// <exception cref="StorageException">Always.</exception>
    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken) => throw ReadOnly(location);

    private static StorageException ReadOnly(string location) => new(location, "it is read through a relocation and cannot be changed", "open the table from its catalog to change it", false);
}
