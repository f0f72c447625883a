using Features.Core.Definitions;

namespace Features.Core.Registry;

/// <summary>What applying does to each definition.</summary>
/// <param name="Entries">The given definitions in their order, then those that stand and were not given.</param>
public sealed record RegistryPlan(IReadOnlyList<RegistryEntry> Entries)
{
    /// <summary>True if anything is added, changed or removed.</summary>
    public bool HasChanges => Entries.Any(e => e.Change is RegistryChange.Added or RegistryChange.Changed or RegistryChange.Removed);

    /// <summary>What depends on the changes: definitions, training sets that were made, views that are materialised. Filled in by who knows of these (<see cref="DownstreamImpacts"/>).</summary>
    public IReadOnlyList<RegistryImpact> Impacts { get; init; } = [];

    /// <summary>What can be applied and may not be what is meant. Filled in by who checked.</summary>
    public IReadOnlyList<DefinitionFault> Warnings { get; init; } = [];
}

/// <summary>One definition in a plan. <paramref name="Version"/> is the one it has afterwards; <paramref name="Hash"/> is empty for one that is removed.</summary>
public sealed record RegistryEntry(string Kind, string Name, RegistryChange Change, int Version, string Hash)
{
    /// <summary>What is different from the version that stands; empty unless it is changed.</summary>
    public IReadOnlyList<DefinitionDifference> Differences { get; init; } = [];
}

/// <summary>What happens to a definition.</summary>
public enum RegistryChange
{
    /// <summary>There is none of this kind and name.</summary>
    Added,

    /// <summary>It gets another version: it is written otherwise, or the types of its features are others.</summary>
    Changed,

    /// <summary>It stands as given.</summary>
    Unchanged,

    /// <summary>It stands and was not given; it is kept.</summary>
    Absent,

    /// <summary>It stands and was not given; it is removed, and its history kept.</summary>
    Removed,
}
