using Features.Core.Definitions;

namespace Features.Core.Registry;

/// <summary>The definitions that were applied, with every version they had. Safe for several processes.</summary>
public interface IRegistry
{
    /// <summary>What <see cref="ApplyAsync"/> would do, without doing it.</summary>
    /// <exception cref="DefinitionsException">The definitions, together with those that stay, break a rule.</exception>
    Task<RegistryPlan> PlanAsync(RegistryRequest request, CancellationToken cancellationToken);

    /// <summary>Makes the definitions the current ones, all or none.</summary>
    /// <exception cref="DefinitionsException">The definitions, together with those that stay, break a rule; nothing was changed.</exception>
    Task<RegistryPlan> ApplyAsync(RegistryRequest request, CancellationToken cancellationToken);

    /// <summary>The current definitions, in the order in which they were first applied.</summary>
    Task<DefinitionSet> LoadAsync(CancellationToken cancellationToken);

    /// <summary>The current definitions as versions, in the same order.</summary>
    Task<IReadOnlyList<DefinitionVersion>> ListAsync(CancellationToken cancellationToken);

    /// <summary>All versions of a definition, oldest first, removals among them; empty if there never was one of this kind and name.</summary>
    Task<IReadOnlyList<DefinitionVersion>> HistoryAsync(string kind, string name, CancellationToken cancellationToken);
}
