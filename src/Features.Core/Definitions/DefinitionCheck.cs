namespace Features.Core.Definitions;

/// <summary>What holding definitions against the real schemas has shown.</summary>
/// <param name="Faults">What is wrong; empty if the definitions can be applied.</param>
/// <param name="Warnings">What can be applied and may not be what is meant.</param>
/// <param name="Types">The inferred types: <c>KIND/NAME</c> of a view, then feature, then an Iceberg type such as <c>double</c>. A view over a table that does not stand yet is not among them.</param>
public sealed record DefinitionCheck(
    IReadOnlyList<DefinitionFault> Faults, IReadOnlyList<DefinitionFault> Warnings, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Types);
