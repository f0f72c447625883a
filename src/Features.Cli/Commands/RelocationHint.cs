using Features.Cli.Output;
using Features.Iceberg;
using Features.Iceberg.Scans;
using Features.Iceberg.Storage;

namespace Features.Cli.Commands;

/// <summary>What to do about files that do not lie where a table's metadata says: the prefix to relocate, by name.</summary>
internal static class RelocationHint
{
    private static readonly string[] Folders = ["/metadata/", "/data/"];

    /// <summary>The error with the remedy; null where relocation is none.</summary>
    /// <param name="fault">What went wrong.</param>
    /// <param name="table">The table; one opened from a catalog lies where its metadata says.</param>
    /// <param name="plan">What was to be read; null if it was not planned yet.</param>
    public static CliException? For(Exception fault, Table table, ScanPlan? plan = null)
    {
        if (table.Catalog is not null)
        {
            return null;
        }

        if (MissingIn(fault) is { } missing)
        {
            return new CliException("file-not-found", $"'{missing}' of table '{table.Name}' is not here; {Remedy(missing, table)}");
        }

        // A copy on this machine whose files are named in another store, which cannot be reached from here.
        var remote = IsLocal(table.MetadataLocation) ? plan?.Tasks.Select(t => t.Location).FirstOrDefault(location => !IsLocal(location)) : null;
        return remote is not null && UnreachedIn(fault) is { } reason
            ? new CliException("storage", $"'{remote}' of table '{table.Name}' cannot be reached ({reason}); {Remedy(remote, table)}")
            : null;
    }

    private static string Remedy(string location, Table table)
    {
        var old = PrefixOf(location, table.Metadata.Location);
        return $"if its files were moved, add --relocate {old}=NEW, where NEW holds what {old} held";
    }

    /// <summary>The part of a location that stands for the table: its base location, or what comes before its data or metadata folder.</summary>
    private static string PrefixOf(string location, string tableLocation)
    {
        if (tableLocation.Length > 0 && Location.Below(Location.Canonical(tableLocation), Location.Canonical(location)) is not null)
        {
            return tableLocation.TrimEnd('/');
        }

        var at = Folders.Select(name => location.LastIndexOf(name, StringComparison.Ordinal)).Max();
        var folder = at > 0 ? location[..at] : Parent(location);

        // The folder of a partition, origin=SFO, is one of many.
        while (folder[(folder.LastIndexOf('/') + 1)..].Contains('=', StringComparison.Ordinal) && Parent(folder) != folder)
        {
            folder = Parent(folder);
        }

        return folder;
    }

    private static string Parent(string location) => location.LastIndexOf('/') is > 0 and var slash ? location[..slash] : location;

    private static bool IsLocal(string location) => Location.SchemeOf(location) is null or "file";

    private static string? MissingIn(Exception? fault) => fault switch
    {
        null => null,
        NotFoundException { Kind: "file" } missing => missing.Name,
        _ => MissingIn(fault.InnerException),
    };

    private static string? UnreachedIn(Exception? fault) => fault switch
    {
        null => null,
        StorageException or LocationNotAllowedException or InvalidTableArgumentException => fault.Message,
        _ => UnreachedIn(fault.InnerException),
    };
}
