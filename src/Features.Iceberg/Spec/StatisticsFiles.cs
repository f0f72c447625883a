using System.Globalization;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Spec;

/// <summary>The statistics files that metadata names ("Table Statistics" and "Partition Statistics"), which are carried but not interpreted.</summary>
internal static class StatisticsFiles
{
    private static readonly string[] Fields = ["statistics", "partition-statistics"];

    /// <summary>Each file's location, and the snapshot that it describes; null if the metadata does not say.</summary>
    public static IEnumerable<(string Location, long? SnapshotId)> Of(TableMetadata metadata) => Fields
        .SelectMany(field => metadata.Unknown.GetValueOrDefault(field) as JsonArray ?? [])
        .Select(file => (Location: (string?)file?["statistics-path"], SnapshotId: SnapshotOf(file)))
        .Where(file => file.Location is not null)
        .Select(file => (file.Location!, file.SnapshotId));

    private static long? SnapshotOf(JsonNode? file) =>
        file is JsonObject o && o["snapshot-id"] is JsonValue id && long.TryParse(id.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
