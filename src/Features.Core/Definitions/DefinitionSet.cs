namespace Features.Core.Definitions;

/// <summary>Definitions that belong together: what a workspace declares, or what was applied.</summary>
/// <param name="Definitions">In the order they were written.</param>
public sealed record DefinitionSet(IReadOnlyList<Definition> Definitions)
{
    /// <summary>These definitions, and those of a set that stands which are not among them.</summary>
    public DefinitionSet Over(DefinitionSet standing) =>
        new([.. Definitions, .. standing.Definitions.ExceptBy(Definitions.Select(d => (d.Kind, d.Name)), d => (d.Kind, d.Name))]);

    /// <summary>The definition of this kind and name, or null.</summary>
    public T? Find<T>(string name)
        where T : Definition => Definitions.OfType<T>().FirstOrDefault(d => d.Name == name);
}
