using System.Text.Json;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>A table as the server gives it (REST specification, <c>LoadTableResult</c> and <c>CommitTableResponse</c>).</summary>
/// <param name="Metadata">The metadata.</param>
/// <param name="MetadataLocation">Its file; null of a table that is only staged.</param>
/// <param name="Config">What the table's storage needs, credentials among it.</param>
internal sealed record LoadedTable(TableMetadata Metadata, string? MetadataLocation, IReadOnlyDictionary<string, string> Config)
{
    /// <exception cref="InvalidFileException">It is no table.</exception>
    public static LoadedTable Read(JsonElement body, Uri address)
    {
        if (!body.TryGetProperty("metadata", out var json))
        {
            throw RestFaults.Malformed(address, "'metadata' is missing");
        }

        var location = body.TryGetProperty("metadata-location", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        var metadata = TableMetadataReader.Read(json, location ?? RestFaults.Place(address));
        return new LoadedTable(metadata, location, ConfigOf(body, metadata.Location));
    }

    // Of several storage credentials, that of the longest prefix is for the table; it goes before the plain configuration.
    private static Dictionary<string, string> ConfigOf(JsonElement body, string location)
    {
        var config = RestClient.Strings(body, "config");
        if (body.TryGetProperty("storage-credentials", out var credentials) && credentials.ValueKind == JsonValueKind.Array)
        {
            var own = credentials.EnumerateArray()
                .Where(c => c.ValueKind == JsonValueKind.Object && c.TryGetProperty("prefix", out var prefix) && prefix.ValueKind == JsonValueKind.String
                    && Location.Canonical(location + "/").StartsWith(Location.Canonical(prefix.GetString()!), StringComparison.Ordinal))
                .OrderBy(c => c.GetProperty("prefix").GetString()!.Length);
            foreach (var (key, value) in own.SelectMany(c => RestClient.Strings(c, "config")))
            {
                config[key] = value;
            }
        }

        return config;
    }
}
