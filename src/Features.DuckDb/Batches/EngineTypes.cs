using Apache.Arrow;

namespace Features.DuckDb.Batches;

/// <summary>Types of the engine that go by another's values, as Arrow's fields tell them.</summary>
internal static class EngineTypes
{
    /// <summary>A field of strings that are JSON.</summary>
    internal static KeyValuePair<string, string> Json { get; } = new("ARROW:extension:name", "arrow.json");

    internal static Dictionary<string, string> With(IReadOnlyDictionary<string, string>? metadata, KeyValuePair<string, string> type) =>
        new(metadata ?? new Dictionary<string, string>()) { [type.Key] = type.Value };

    internal static bool Is(Field field, KeyValuePair<string, string> type) => field.Metadata?.TryGetValue(type.Key, out var value) == true && value == type.Value;
}
