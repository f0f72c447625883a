using Features.Iceberg.Catalogs;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Maintenance;

/// <summary>Other tables within a table's folders, told by their metadata files: what lies in their folders is theirs.</summary>
internal sealed class NestedTables(Table table)
{
    private const string MetadataFolder = "/metadata/";

    private readonly string own = Location.Canonical(TableLocations.MetadataFolder(table.Metadata));
    private readonly string root = Location.Canonical(table.Metadata.Location);
    private readonly HashSet<string> folders = new(StringComparer.Ordinal);

    /// <summary>The folders of the tables seen so far.</summary>
    public IReadOnlyList<string> Folders => [.. folders.Order(StringComparer.Ordinal)];

    public void See(string location)
    {
        var canonical = Location.Canonical(location);
        if (!canonical.EndsWith(".metadata.json", StringComparison.Ordinal) && !canonical.EndsWith(".metadata.json.gz", StringComparison.Ordinal))
        {
            return;
        }

        // An own metadata file that fell out of the log is an orphan of this table.
        var folder = canonical.LastIndexOf(MetadataFolder, StringComparison.Ordinal) is var at and > 0 ? canonical[..at] : canonical[..Math.Max(0, canonical.LastIndexOf('/'))];
        if (Location.Below(own, canonical) is null && folder != root)
        {
            folders.Add(folder);
        }
    }

    public bool Holds(string location)
    {
        var canonical = Location.Canonical(location);
        return folders.Any(f => Location.Below(f, canonical) is not null);
    }
}
