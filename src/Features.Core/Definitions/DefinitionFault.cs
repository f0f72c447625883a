namespace Features.Core.Definitions;

/// <summary>One thing that is wrong with a definition.</summary>
/// <param name="Place">Where; null for a definition built in C#.</param>
/// <param name="Which">The definition, such as <c>FeatureView 'origin_delays'</c>; the file where there is no definition yet.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record DefinitionFault(SourcePlace? Place, string Which, string Problem, string Remedy)
{
    /// <summary>Faults in the order of their places.</summary>
    public static IReadOnlyList<DefinitionFault> InOrder(IEnumerable<DefinitionFault> faults) =>
        [.. faults.OrderBy(f => f.Place?.File, StringComparer.Ordinal).ThenBy(f => f.Place?.Line).ThenBy(f => f.Place?.Column)];

    /// <summary>One line: place, definition, problem, remedy.</summary>
    public override string ToString() => $"{(Place is null ? "" : $"{Place}: ")}{Which}: {Problem}; {Remedy}";
}
