using Features.Core.Definitions;

namespace Features.Core.Registry;

/// <summary>What is to be put in force.</summary>
/// <param name="Definitions">The definitions.</param>
public sealed record RegistryRequest(DefinitionSet Definitions)
{
    /// <summary>The inferred types of features (<see cref="DefinitionCheck.Types"/>); they are kept with the version. Empty if nobody inferred any.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Types { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Remove what stands and is not among the definitions; else it is kept. Their history is kept either way.</summary>
    public bool Prune { get; init; }
}
