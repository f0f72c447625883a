using System.Text.Json;

namespace Features.Ordering;

/// <summary>Reads a grouping and collects every fault before it fails.</summary>
internal static class GroupingReader
{
    private static readonly string[] Members = ["block", "group_blocks", "lanes"];

    public static Grouping Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("a grouping must be an object: {\"block\":n,\"group_blocks\":k,\"lanes\":C}");
        }

        var faults = json.EnumerateObject().Where(member => !Members.Contains(member.Name))
            .Select(member => $"'{member.Name}' is unknown; a grouping has {string.Join(", ", Members)}").ToList();
        var values = Members.Select(name => Value(json, name, faults)).ToArray();
        return faults.Count == 0 ? new Grouping(values[0], values[1], values[2]) : throw new FormatException(string.Join("; ", faults));
    }

    private static int Value(JsonElement json, string name, List<string> faults)
    {
        if (json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var value) && value >= 1)
        {
            return value;
        }

        faults.Add($"'{name}' must be a whole number from 1 to {int.MaxValue}");
        return 1;
    }
}
