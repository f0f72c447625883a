namespace Features.Core.Definitions;

/// <summary>What was read from YAML, faults and all, so that what is whole or nearly so can be checked further before anybody is told.</summary>
public sealed class DefinitionReading
{
    private readonly Func<Definition, string, SourcePlace?> placeOf;

    internal DefinitionReading(DefinitionSet set, IReadOnlyList<Definition> drafts, IReadOnlyList<DefinitionFault> faults, Func<Definition, string, SourcePlace?> placeOf)
    {
        (Set, Drafts, Faults) = (set, drafts, faults);
        this.placeOf = placeOf;
    }

    /// <summary>The definitions without a fault of their own.</summary>
    public DefinitionSet Set { get; }

    /// <summary>The faults, in the order of their places; empty if the set can be used as it is.</summary>
    public IReadOnlyList<DefinitionFault> Faults { get; }

    /// <summary>Definitions with a fault, as far as they could be read.</summary>
    internal IReadOnlyList<Definition> Drafts { get; }

    /// <summary>Where a part of a definition was written (<see cref="Yaml.YamlPath"/>); the definition's own place if it was not read here.</summary>
    internal SourcePlace? PlaceOf(Definition definition, string path) => placeOf(definition, path) ?? definition.Place;
}
