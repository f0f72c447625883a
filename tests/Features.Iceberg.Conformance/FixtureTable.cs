using System.Text.Json;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Storage;
using Features.Testing;

namespace Features.Iceberg.Conformance;

/// <summary>The tables that other engines wrote, by the inventories of the fixtures.</summary>
public static class FixtureTable
{
    /// <summary>The folders that have an inventory.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["duckdb-iceberg", "icebird", "impala"];

    /// <summary>Why the tables cannot be read here, for <c>Assert.SkipWhen</c>; null where they can. Throws instead where fixtures are required.</summary>
    public static string? Missing => Sources.Any(s => Inventory(s) is null) ? "the Iceberg fixtures are not here" : null;

    /// <summary>Source, table folder and snapshot id (empty: the current one) of every snapshot; one of nothing where the fixtures are missing, as a theory without cases fails.</summary>
    public static IEnumerable<(string Source, string Table, string Snapshot)> Snapshots() =>
        (from source in Sources
         from table in Inventory(source) ?? []
         from snapshot in table.GetProperty("snapshots").EnumerateArray().Select(s => s.GetProperty("id").ToString()).Prepend("")
         select (source, table.GetProperty("table").GetString()!, snapshot)).DefaultIfEmpty(("", "", ""));

    /// <summary>The entries of a source's inventory; null where the fixtures are missing and may be skipped.</summary>
    public static List<JsonElement>? Inventory(string source)
    {
        if (Fixtures.Find("iceberg", source, "inventory.json") is not { } path)
        {
            return null;
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }

    /// <summary>A table, with the locations that its files name moved to where they lie.</summary>
    /// <param name="source">The folder of the fixtures.</param>
    /// <param name="entry">The table's entry in the inventory.</param>
    /// <param name="metadataFile">The metadata file's name; null for the current one.</param>
    public static Task<Table> OpenAsync(string source, JsonElement entry, string? metadataFile = null)
    {
        var folder = Path.Combine(Fixtures.Find("iceberg", source)!, entry.GetProperty("table").GetString()!);
        var metadata = Path.Combine(folder, "metadata", metadataFile ?? entry.GetProperty("metadataFile").GetString()!);
        return TableFolder.OpenAsync(new LocalObjectStore(), metadata, Moves(entry.GetProperty("bakedLocation").GetString()!, folder), default);
    }

    /// <summary>The table's own move, and those of the folders above it as far as the names agree: tables write to paths of their choice.</summary>
    private static List<(string Old, string New)> Moves(string old, string now)
    {
        // Some were written under a relative folder, or moved once already before they were published.
        var table = Path.GetFileName(now);
        var moves = new List<(string Old, string New)> { (old, now), (table, now) };
        while (old.Contains('/', StringComparison.Ordinal) && Path.GetFileName(old) is { Length: > 0 } name && name == Path.GetFileName(now))
        {
            old = old[..^(name.Length + 1)];
            now = Path.GetDirectoryName(now)!;
            moves.Add((old, now));
        }

        var before = $"data/persistent/{table}";
        return moves.Any(m => m.Old.TrimEnd('/').EndsWith(before, StringComparison.Ordinal)) ? moves : [.. moves, (before, now)];
    }
}
