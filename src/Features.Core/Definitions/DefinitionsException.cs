namespace Features.Core.Definitions;

/// <summary>Definitions are wrong. Carries every fault of all files, by file and place, so that they can be mended in one go.</summary>
public sealed class DefinitionsException(IReadOnlyList<DefinitionFault> faults)
    : FeaturesException("definition-invalid", faults.Count == 1 ? faults[0].ToString() : $"{faults.Count} faults in the definitions:\n{string.Join('\n', faults)}")
{
    /// <summary>The faults, in the order of files and places; at least one.</summary>
    public IReadOnlyList<DefinitionFault> Faults { get; } = faults;
}
