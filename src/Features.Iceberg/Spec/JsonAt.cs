using System.Text.Json;

namespace Features.Iceberg.Spec;

/// <summary>A JSON value and where it stands. Faults are collected, so that one read reports them all; after a fault the reader goes on with a harmless value.</summary>
internal readonly record struct JsonAt(JsonElement Element, JsonPlace? Place, List<string> Faults)
{
    /// <summary>Where it stands, such as <c>snapshots[3].summary</c>; empty at the root.</summary>
    public string Path => Place?.ToString() ?? "";

    /// <summary>True if the value is an object; otherwise a fault.</summary>
    public bool IsObject() => Is(JsonValueKind.Object, "an object");

    /// <summary>The child, or null if it is absent or null.</summary>
    public JsonAt? Find(string name) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out var child) && child.ValueKind != JsonValueKind.Null
            ? new JsonAt(child, new JsonPlace(Place, name, 0), Faults)
            : null;

    /// <summary>The child; a fault and null if it is absent.</summary>
    public JsonAt? Get(string name)
    {
        var found = Find(name);
        if (found is null)
        {
            Faults.Add($"'{PathTo(name)}' is missing");
        }

        return found;
    }

    /// <summary>The items of an array child; none if it is absent.</summary>
    public IEnumerable<JsonAt> FindItems(string name) => Find(name)?.Items() ?? [];

    /// <summary>The items of an array; a fault if it is none.</summary>
    public IEnumerable<JsonAt> Items()
    {
        if (!Is(JsonValueKind.Array, "an array"))
        {
            return [];
        }

        var (place, faults) = (Place, Faults);
        return Element.EnumerateArray().Select((item, i) => new JsonAt(item, new JsonPlace(place, null, i), faults));
    }

    /// <summary>The members of an object of strings; empty if the child is absent.</summary>
    public Dictionary<string, string> FindStrings(string name)
    {
        var strings = new Dictionary<string, string>();
        if (Find(name) is { } map && map.IsObject())
        {
            foreach (var member in map.Element.EnumerateObject())
            {
                strings[member.Name] = member.Value.ValueKind == JsonValueKind.String
                    ? member.Value.GetString()!
                    : new JsonAt(member.Value, new JsonPlace(map.Place, member.Name, 0), Faults).AsString();
            }
        }

        return strings;
    }

    public int Int(string name) => Get(name)?.AsInt() ?? 0;

    public long Long(string name) => Get(name)?.AsLong() ?? 0;

    public string String(string name) => Get(name)?.AsString() ?? "";

    public bool Bool(string name) => Get(name)?.AsBool() ?? false;

    public int? FindInt(string name) => Find(name)?.AsInt();

    public long? FindLong(string name) => Find(name)?.AsLong();

    public long Id(string name) => Get(name)?.AsId() ?? 0;

    public long? FindId(string name) => Find(name)?.AsId();

    public string? FindString(string name) => Find(name)?.AsString();

    public int AsInt() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var value) ? value : Fault("a 32-bit integer", 0);

    public long AsLong() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt64(out var value) ? value : Fault("a 64-bit integer", 0L);

    /// <summary>A snapshot id. Some writers make unsigned ones; these are the same 64 bits.</summary>
    public long AsId() => Element.ValueKind == JsonValueKind.Number && Element.TryGetUInt64(out var bits) ? unchecked((long)bits) : AsLong();

    public string AsString() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : Fault("a string", "");

    public bool AsBool() => Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Element.GetBoolean() : Fault("true or false", false);

    /// <summary>Records that the value is not what it must be.</summary>
    public T Fault<T>(string expected, T harmless)
    {
        var text = Element.GetRawText();
        Faults.Add($"'{Path}' must be {expected} but is {(text.Length <= 60 ? text : text[..60] + "…")}");
        return harmless;
    }

    private bool Is(JsonValueKind kind, string expected) => Element.ValueKind == kind || Fault(expected, false);

    private string PathTo(string name) => Path.Length == 0 ? name : $"{Path}.{name}";
}
