namespace Features.Iceberg.Storage;

/// <summary>
/// Which locations may be touched at all. Metadata, manifests and catalogs name locations, and whoever wrote them is not always whoever reads them: a policy is asked before any I/O.
/// A location is allowed if it lies, by whole path segments, below an allowed prefix of the same store and bucket, and if it is written plainly: what could mean one thing to the check and
/// another to the store is refused (dot segments, also percent-encoded; backslashes; control characters; users and ports).
/// </summary>
public sealed class LocationPolicy
{
    private readonly PlainLocation[]? allowed;

    private LocationPolicy(PlainLocation[]? allowed) => this.allowed = allowed;

    /// <summary>Everything: for the owner of the machine, who may read all that it can reach.</summary>
    public static LocationPolicy Everything { get; } = new(null);

    /// <summary>Only what lies below these prefixes: folders of this machine (absolute paths, <c>file:</c> URIs) or URIs. Local files are refused unless a prefix is a local folder.</summary>
    /// <exception cref="InvalidTableArgumentException">A prefix is not plain.</exception>
    public static LocationPolicy Only(IEnumerable<string> prefixes) => new([.. prefixes.Select(prefix => PlainLocation.Parse(prefix, out var fault)
        ?? throw new InvalidTableArgumentException($"'{prefix}' cannot be allowed: {fault}; write it plainly"))]);

    /// <summary>Whether nothing is refused.</summary>
    public bool IsEverything => allowed is null;

    /// <summary>This policy, and what lies below these prefixes too: for a table that is opened by its folder.</summary>
    /// <exception cref="InvalidTableArgumentException">A prefix is not plain.</exception>
    public LocationPolicy And(IEnumerable<string> prefixes) => allowed is null ? this : new([.. allowed, .. Only(prefixes).allowed!]);

    /// <summary>Returns if the location may be touched.</summary>
    /// <exception cref="LocationNotAllowedException">It may not.</exception>
    public void Check(string location)
    {
        if (allowed is null)
        {
            return;
        }

        if (PlainLocation.Parse(location, out var fault) is not { } plain)
        {
            throw new LocationNotAllowedException(location, fault!, "only locations that are written plainly are opened");
        }

        if (!allowed.Any(prefix => prefix.Contains(plain)))
        {
            throw new LocationNotAllowedException(
                location, "it lies below none of the allowed locations", "if it is meant to be read here, allow its prefix ('storage.allow' in features.yaml, or LocationPolicy.Only)");
        }
    }
}
