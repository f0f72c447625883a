using Features.Core.Engine;

namespace Features.Core.Governance;

/// <summary>Carries column tags along column lineage.</summary>
public static class TagPropagation
{
    /// <summary>
    /// The tags of each output column: the join of its direct inputs' tags, aggregations included; a column whose inputs are not known gets the join of all inputs.
    /// </summary>
    /// <param name="columns">The outputs with their inputs; names are compared without case.</param>
    /// <param name="inputs">Input column to tags.</param>
    /// <returns>Output column to tags; columns without tags are absent.</returns>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Along(
        IReadOnlyList<OutputColumn> columns, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> inputs)
    {
        var byName = inputs.ToDictionary(i => i.Key, i => i.Value, StringComparer.OrdinalIgnoreCase);
        var all = byName.Values.Aggregate(TagLattice.Empty, TagLattice.Join);
        var result = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var column in columns.Where(c => c.Name is not null))
        {
            var tags = column.Inputs is [] ? TagLattice.Empty : column.Inputs
                .Select(i => i.Column == "*" ? all : byName.GetValueOrDefault(i.Column, TagLattice.Empty))
                .Aggregate(TagLattice.Empty, TagLattice.Join);
            if (tags.Count > 0)
            {
                result[column.Name!] = tags;
            }
        }

        return result;
    }

    /// <summary>The tagged columns that decide which rows come out, as the table tag <c>influenced_by</c>; empty if there are none.</summary>
    public static IReadOnlyDictionary<string, string> Influence(IReadOnlyList<IndirectInput> indirect, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> inputs)
    {
        var tagged = new HashSet<string>(inputs.Where(i => i.Value.Count > 0).Select(i => i.Key), StringComparer.OrdinalIgnoreCase);
        var names = indirect.Select(i => i.Column).Where(tagged.Contains).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToList();
        return names.Count == 0 ? TagLattice.Empty : new Dictionary<string, string> { ["influenced_by"] = string.Join(",", names) };
    }
}
