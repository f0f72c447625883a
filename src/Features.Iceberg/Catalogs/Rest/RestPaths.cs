using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>Names as the paths and bodies of a REST catalog write them: the levels of a namespace are joined with <paramref name="separator"/> in paths, and are a list in bodies.</summary>
internal sealed class RestPaths(string root, string separator)
{
    public string Namespaces => $"{root}namespaces";

    public string Rename => $"{root}tables/rename";

    public string Namespace(string name) => $"{Namespaces}/{Encoded(name)}";

    public string Tables(string name) => $"{Namespace(name)}/tables";

    /// <exception cref="InvalidTableArgumentException">It is no table's name.</exception>
    public string Table(TableIdentifier identifier)
    {
        // A part '..' would make another path of it: the namespace's.
        CatalogFaults.CheckTable(identifier);
        return $"{Tables(identifier.Namespace)}/{Uri.EscapeDataString(identifier.Name)}";
    }

    /// <summary>A namespace as one part of a path or query.</summary>
    public string Encoded(string name) => Uri.EscapeDataString(name.Replace(".", separator, StringComparison.Ordinal));

    public static JsonArray Levels(string name) => new([.. name.Split('.').Select(level => (JsonNode)level)]);

    public static JsonObject Identifier(TableIdentifier identifier) => new() { ["namespace"] = Levels(identifier.Namespace), ["name"] = identifier.Name };

    /// <summary>A namespace's name from its levels; null if it is no list of texts.</summary>
    /// <exception cref="UnsupportedFeatureException">A level has a dot, which a name here cannot tell from one between levels.</exception>
    public static string? NameOf(JsonElement levels)
    {
        if (levels.ValueKind != JsonValueKind.Array || levels.EnumerateArray().Any(level => level.ValueKind != JsonValueKind.String))
        {
            return null;
        }

        string[] texts = [.. levels.EnumerateArray().Select(level => level.GetString()!)];
        return texts.FirstOrDefault(text => text.Contains('.', StringComparison.Ordinal)) is { } dotted
            ? throw new UnsupportedFeatureException($"the dot in the namespace level '{dotted}'", string.Join(" / ", texts), "rename it, or open its tables by the location of their metadata")
            : string.Join('.', texts);
    }
}
