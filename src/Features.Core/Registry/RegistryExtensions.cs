using Features.Core.Definitions;

namespace Features.Core.Registry;

/// <summary>Shorter forms.</summary>
public static class RegistryExtensions
{
    /// <summary>What applying the definitions would do; those that stand and are not among them are kept.</summary>
    /// <inheritdoc cref="IRegistry.PlanAsync"/>
    public static Task<RegistryPlan> PlanAsync(this IRegistry registry, DefinitionSet definitions, CancellationToken cancellationToken) =>
        registry.PlanAsync(new RegistryRequest(definitions), cancellationToken);

    /// <summary>Makes the definitions the current ones, all or none; those that stand and are not among them are kept.</summary>
    /// <inheritdoc cref="IRegistry.ApplyAsync"/>
    public static Task<RegistryPlan> ApplyAsync(this IRegistry registry, DefinitionSet definitions, CancellationToken cancellationToken) =>
        registry.ApplyAsync(new RegistryRequest(definitions), cancellationToken);
}
