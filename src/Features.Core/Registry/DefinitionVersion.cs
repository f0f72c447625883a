using Features.Core.Definitions;

namespace Features.Core.Registry;

/// <summary>One version of a definition.</summary>
/// <param name="Version">Counts from 1.</param>
/// <param name="Hash">The SHA-256 of its canonical JSON, lower-case hex.</param>
/// <param name="AppliedAt">When it was applied (UTC).</param>
/// <param name="Definition">The definition; without a place.</param>
public sealed record DefinitionVersion(int Version, string Hash, DateTimeOffset AppliedAt, Definition Definition);
