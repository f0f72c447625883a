using Features.Core.Definitions;

namespace Features.Core.Registry;

/// <summary>One version of a definition.</summary>
/// <param name="Version">Counts from 1.</param>
/// <param name="Hash">The SHA-256 of its canonical JSON, lower-case hex; empty for a removal.</param>
/// <param name="AppliedAt">When it was applied (UTC).</param>
/// <param name="Definition">The definition, without a place; of a removal, what was removed.</param>
public sealed record DefinitionVersion(int Version, string Hash, DateTimeOffset AppliedAt, Definition Definition)
{
    /// <summary>True if this version took the definition away.</summary>
    public bool IsRemoval => Hash.Length == 0;

    /// <summary>The type of each feature as an Iceberg type; empty for what has no features, and where the types were not known when it was applied.</summary>
    public IReadOnlyDictionary<string, string> Types { get; init; } = new Dictionary<string, string>();
}
