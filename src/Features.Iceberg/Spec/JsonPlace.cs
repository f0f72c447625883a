using System.Globalization;

namespace Features.Iceberg.Spec;

/// <summary>A place in a JSON document: a member of the place above it, or, with a null name, an item. Spelt out only for messages, as documents have very many of them.</summary>
internal sealed class JsonPlace(JsonPlace? above, string? name, int index)
{
    /// <summary>The path from the root.</summary>
    public override string ToString()
    {
        var path = above?.ToString() ?? "";
        return name is null ? string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]") : path.Length == 0 ? name : $"{path}.{name}";
    }
}
