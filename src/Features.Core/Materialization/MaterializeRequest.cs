using Features.Core.Definitions;
using Features.Core.Governance;

namespace Features.Core.Materialization;

/// <summary>What to materialise.</summary>
/// <param name="Definitions">The definitions in force.</param>
/// <param name="Reader">Who asks; the policy is asked for every table.</param>
public sealed record MaterializeRequest(DefinitionSet Definitions, Reader Reader)
{
    /// <summary>Views by name; none for all of <see cref="Service"/>, or of the definitions.</summary>
    public IReadOnlyList<string> Views { get; init; } = [];

    /// <summary>A feature service, whose views are meant beside <see cref="Views"/>; null for none.</summary>
    public string? Service { get; init; }

    /// <summary>True to read every row again, whatever is there.</summary>
    public bool Full { get; init; }
}
