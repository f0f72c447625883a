namespace Features.Core.Registry;

/// <summary>What applying does to each definition.</summary>
/// <param name="Entries">The given definitions in their order, then those that stand and were not given.</param>
public sealed record RegistryPlan(IReadOnlyList<RegistryEntry> Entries)
{
    /// <summary>True if anything is added or changed.</summary>
    public bool HasChanges => Entries.Any(e => e.Change is RegistryChange.Added or RegistryChange.Changed);
}

/// <summary>One definition in a plan. <paramref name="Version"/> is the one it has afterwards.</summary>
public sealed record RegistryEntry(string Kind, string Name, RegistryChange Change, int Version, string Hash);

/// <summary>What happens to a definition.</summary>
public enum RegistryChange
{
    /// <summary>There was none of this kind and name.</summary>
    Added,

    /// <summary>It gets another version.</summary>
    Changed,

    /// <summary>It stands as given.</summary>
    Unchanged,

    /// <summary>It stands and was not given; it is kept.</summary>
    Absent,
}
