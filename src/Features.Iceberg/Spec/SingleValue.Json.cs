using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Spec;

public static partial class SingleValue
{
    /// <summary>The JSON form of a value, as defaults hold it (Appendix D).</summary>
    public static JsonNode? ToJson(object? value, IcebergType type) => throw new UnreachableException();

    /// <summary>Reads the JSON form.</summary>
    /// <exception cref="FormatException">The JSON is no value of the type.</exception>
    public static object? FromJson(JsonElement json, IcebergType type) => throw new UnreachableException();
}
