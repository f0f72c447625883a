using Features.Cli.Output;
using Features.Iceberg;
using Features.Iceberg.Storage;

namespace Features.Cli.Commands;

/// <summary>What to do about files that do not lie where a table's metadata says: the prefix to relocate, by name.</summary>
internal static class RelocationHint
{
    private static readonly string[] Folders = ["/metadata/", "/data/"];

    /// <summary>The error with the remedy; null where relocation is none.</summary>
    public static CliException? For(Exception fault, Table table)
    {
        if (table.Catalog is not null || LocationOf(fault) is not { } location)
        {
            return null;
        }

        var old = PrefixOf(location, table.Metadata.Location);
        return new CliException("file-not-found", $"'{location}' of table '{table.Name}' is not here; if its files were moved, add --relocate {old}=NEW, where NEW holds what {old} held");
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

    private static string? LocationOf(Exception? fault) => fault switch
    {
        null => null,
        NotFoundException { Kind: "file" } missing => missing.Name,
        StorageException storage when Location.SchemeOf(storage.Location) is not (null or "file") => storage.Location,
        _ => LocationOf(fault.InnerException),
    };
}
