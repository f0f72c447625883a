using Features.Core.Definitions;
using Features.Core.Definitions.Rules;

namespace Features.Core.Registry;

/// <summary>What a request does to what stands. No I/O.</summary>
internal static class RegistryPlanning
{
    /// <summary>The plan.</summary>
    /// <param name="newest">The newest version of every definition that there ever was, removals among them, in the order in which they were first applied.</param>
    /// <param name="request">What is to be put in force.</param>
    /// <exception cref="DefinitionsException">The definitions, together with those that stay, break a rule.</exception>
    public static RegistryPlan Plan(IReadOnlyList<DefinitionVersion> newest, RegistryRequest request)
    {
        var definitions = request.Definitions.Definitions;
        var given = definitions.Select(d => (d.Kind, d.Name)).ToHashSet();
        var others = newest.Where(c => !c.IsRemoval && !given.Contains((c.Definition.Kind, c.Definition.Name))).ToList();

        // What stays may refer to what changes or goes, so the rules are held against all of it.
        var faults = SetRules.Check(new DefinitionSet([.. definitions, .. request.Prune ? [] : others.Select(k => k.Definition)]));
        if (faults.Count > 0)
        {
            throw new DefinitionsException(faults);
        }

        var byName = newest.ToDictionary(c => (c.Definition.Kind, c.Definition.Name));
        return new RegistryPlan(
        [
            .. definitions.Select(d => Entry(d, byName.GetValueOrDefault((d.Kind, d.Name)), request.Types.GetValueOrDefault($"{d.Kind}/{d.Name}"))),
            .. others.Select(k => request.Prune
                ? new RegistryEntry(k.Definition.Kind, k.Definition.Name, RegistryChange.Removed, k.Version + 1, "")
                : new RegistryEntry(k.Definition.Kind, k.Definition.Name, RegistryChange.Absent, k.Version, k.Hash)),
        ]);
    }

    private static RegistryEntry Entry(Definition definition, DefinitionVersion? standing, IReadOnlyDictionary<string, string>? types)
    {
        var hash = CanonicalJson.HashOf(definition);
        if (standing is null or { IsRemoval: true })
        {
            return new RegistryEntry(definition.Kind, definition.Name, RegistryChange.Added, (standing?.Version ?? 0) + 1, hash);
        }

        IReadOnlyList<DefinitionDifference> differences =
        [
            .. standing.Hash == hash ? [] : DefinitionDifference.Between(standing.Definition, definition),
            .. types is null ? [] : DefinitionDifference.Between(standing.Types, types),
        ];
        return standing.Hash == hash && differences.Count == 0
            ? new RegistryEntry(definition.Kind, definition.Name, RegistryChange.Unchanged, standing.Version, hash)
            : new RegistryEntry(definition.Kind, definition.Name, RegistryChange.Changed, standing.Version + 1, hash) { Differences = differences };
    }
}
