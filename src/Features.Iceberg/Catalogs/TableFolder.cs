using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>Opens a table by location, read-only, with no catalog: a metadata file, or a table's folder in Hadoop (<c>version-hint.text</c>, <c>vN[.gz].metadata.json</c>) or metastore (<c>NNNNN-uuid…</c>) layout.</summary>
public static partial class TableFolder
{
    private const string MetadataFolder = "metadata";
    private const int LongestHintBytes = 1024;

    private static readonly string[] Endings = ["metadata.json", "gz.metadata.json", "metadata.json.gz"];

    /// <summary>Opens it; where several metadata files stand and no hint decides, the highest version is taken. A table that was moved or copied here is read here, wherever its metadata says that it lies.</summary>
    /// <exception cref="NotFoundException">There is no table there.</exception>
    public static Task<Table> OpenAsync(IObjectStore storage, string location, CancellationToken cancellationToken) => OpenAsync(storage, location, null, cancellationToken);

    /// <summary>Opens it with the given relocations (OLD prefix, NEW prefix) of the locations in its metadata; null finds them by itself, an empty list takes all locations as they are.</summary>
    /// <exception cref="NotFoundException">There is no table there.</exception>
    /// <exception cref="InvalidFileException">Its metadata is not valid.</exception>
    public static async Task<Table> OpenAsync(IObjectStore storage, string location, IReadOnlyList<(string Old, string New)>? relocations, CancellationToken cancellationToken)
    {
        var metadataLocation = IsMetadataFile(location) ? location : await FindAsync(storage, location.TrimEnd('/'), cancellationToken).ConfigureAwait(false);
        var metadata = await TableMetadataJson.ReadAsync(storage, metadataLocation, cancellationToken).ConfigureAwait(false);
        var prefixes = relocations ?? await FindRelocationsAsync(storage, metadata, metadataLocation, cancellationToken).ConfigureAwait(false);
        return new Table(location, null, metadata, metadataLocation, prefixes.Count == 0 ? storage : new RelocatedObjectStore(storage, prefixes), null);
    }

    /// <summary>Where the table's files must have gone if its metadata was found in another folder than it says: its base location, and what its manifest lists give as theirs.</summary>
    private static async Task<IReadOnlyList<(string Old, string New)>> FindRelocationsAsync(
        IObjectStore storage, TableMetadata metadata, string metadataLocation, CancellationToken cancellationToken)
    {
        if (FolderOf(metadataLocation) is not { } folder || Location.Canonical(folder) == Location.Canonical(metadata.Location))
        {
            return [];
        }

        var found = new List<(string Old, string New)> { (metadata.Location, folder) };
        foreach (var list in metadata.Snapshots.Select(s => s.ManifestList).OfType<string>())
        {
            // Some catalogs write manifests under another spelling of the location, or moved the table once before.
            var isKnown = found.Any(p => Location.Below(Location.Canonical(p.Old), Location.Canonical(list)) is not null);
            if (!isKnown && FolderOf(list) is { Length: > 0 } old && old != folder
                && await storage.StatAsync(Location.Combine(folder, $"{MetadataFolder}/{list[(list.LastIndexOf('/') + 1)..]}"), cancellationToken).ConfigureAwait(false) is not null)
            {
                found.Add((old, folder));
            }
        }

        if (ParentOfBoth(metadata.Location, folder) is { } parent)
        {
            found.Add(parent);
        }

        return found;
    }

    /// <summary>The folder of the table that a file is a version's metadata of, in one spelling; null for other files.</summary>
    internal static string? TableOf(string file) =>
        VersionOf(file[(file.LastIndexOf('/') + 1)..]) is not null && FolderOf(file) is { } folder ? Location.Canonical(folder) : null;

    /// <summary>What lies beside a table has moved with it if the folders that hold both are still named the same: <c>hdfs://a/db/t</c> found as <c>/copy/db/t</c> has its neighbours at <c>/copy</c>.</summary>
    private static (string Old, string New)? ParentOfBoth(string location, string folder)
    {
        string[] from = Location.Canonical(location).Split('/'), to = Location.Canonical(folder).Split('/');
        var same = 0;
        while (same < Math.Min(from.Length, to.Length) - 1 && from[^(same + 1)] == to[^(same + 1)])
        {
            same++;
        }

        var old = string.Join('/', from[..^same]);
        var isRoot = old.Length == 0 || old.EndsWith(':') || old.EndsWith('/');
        return same > 1 && !isRoot ? (old, string.Join('/', to[..^same])) : null;
    }

    private static bool IsMetadataFile(string location) =>
        location.EndsWith(".json", StringComparison.Ordinal) || location.EndsWith(".json.gz", StringComparison.Ordinal);

    /// <summary>The table's folder, in whose <c>metadata/</c> a file lies; null if it lies elsewhere, and then nothing can be told from where it is.</summary>
    private static string? FolderOf(string file)
    {
        var parts = file.Split('/');
        return parts.Length > 1 && parts[^2] == MetadataFolder ? string.Join('/', parts[..^2]) : null;
    }

    private static async Task<string> FindAsync(IObjectStore storage, string location, CancellationToken cancellationToken)
    {
        var folder = location.EndsWith("/" + MetadataFolder, StringComparison.Ordinal) ? location : Location.Combine(location, MetadataFolder);
        var candidates = new List<(string Name, long Version, DateTimeOffset Modified)>();
        var unnumbered = new List<(string Name, DateTimeOffset Modified)>();
        var names = new HashSet<string>();
        await foreach (var file in storage.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            var name = file.Location[(file.Location.LastIndexOf('/') + 1)..];
            if (Location.Below(Location.Canonical(folder), Location.Canonical(file.Location)) == name)
            {
                names.Add(name);
                if (VersionOf(name) is { } version)
                {
                    candidates.Add((name, version, file.LastModified));
                }
                else if (Endings.Any(ending => name.EndsWith("." + ending, StringComparison.Ordinal)))
                {
                    unnumbered.Add((name, file.LastModified));
                }
            }
        }

        var hinted = await HintAsync(storage, Location.Combine(folder, "version-hint.text"), cancellationToken).ConfigureAwait(false) is { } hint ? Hinted(hint, names) : null;
        // Two files of one version are a lost race of a metastore's commits: the later is the likelier winner.
        var found = hinted ?? candidates.OrderByDescending(c => c.Version).ThenByDescending(c => c.Modified).ThenByDescending(c => c.Name, StringComparer.Ordinal).Select(c => c.Name).FirstOrDefault()
            // Names without a version tell no order; the only one, or the youngest, is the best that there is.
            ?? unnumbered.OrderByDescending(c => c.Modified).ThenByDescending(c => c.Name, StringComparer.Ordinal).Select(c => c.Name).FirstOrDefault();
        return found is null
            ? throw new NotFoundException("table", location, "give the table's folder (which holds 'metadata/'), its metadata file, or 'namespace.name' with a catalog")
            : Location.Combine(folder, found);
    }

    private static async Task<string?> HintAsync(IObjectStore storage, string location, CancellationToken cancellationToken)
    {
        if (await storage.StatAsync(location, cancellationToken).ConfigureAwait(false) is not { Length: > 0 and < LongestHintBytes } info)
        {
            return null;
        }

        var stream = await storage.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var bytes = new byte[info.Length];
            await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return Encoding.UTF8.GetString(bytes).Trim();
        }
    }

    // A hint is a version ("3"), or what some writers put there instead: a file's name, whole or without its ending. One that names nothing is ignored.
    // In the Hadoop layout the file is the commit and the hint may lag behind, so versions that follow it count.
    private static string? Hinted(string hint, HashSet<string> names)
    {
        if (!long.TryParse(hint, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            return new[] { $"{hint}.metadata.json", hint }.FirstOrDefault(name => names.Contains(name) && VersionOf(name) is not null);
        }

        string? found = null;
        for (var next = OfVersion(version, names); next is not null; next = OfVersion(++version, names))
        {
            found = next;
        }

        return found;
    }

    private static string? OfVersion(long version, HashSet<string> names) =>
        Endings.Select(ending => string.Create(CultureInfo.InvariantCulture, $"v{version}.{ending}")).FirstOrDefault(names.Contains);

    private static long? VersionOf(string name) =>
        MetadataName().Match(name) is { Success: true } match && long.TryParse(match.Groups["version"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

    [GeneratedRegex(@"^(?:v(?<version>\d{1,18})|(?<version>\d{1,18})-[0-9a-zA-Z-]+)(?:\.gz)?\.metadata\.json(?:\.gz)?$", RegexOptions.CultureInvariant)]
    private static partial Regex MetadataName();
}
