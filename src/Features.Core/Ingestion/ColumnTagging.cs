using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Lineage;

namespace Features.Core.Ingestion;

/// <summary>The governance tags that a pipeline's tables are created with: those of the contract's columns carried along the column lineage, then those declared by hand. Pure.</summary>
/// <param name="Target">For the target.</param>
/// <param name="Quarantine">For its quarantine, whose columns are the source's.</param>
internal sealed record ColumnTagging(TableTags Target, TableTags Quarantine)
{
    public static ColumnTagging Of(AppliedPipeline applied, IReadOnlyList<OutputColumn> lineage, IReadOnlyList<IndirectInput> indirect)
    {
        var (pipeline, contract) = applied;
        var source = (contract?.Columns ?? []).Where(c => c.Tags.Count > 0).ToDictionary(c => c.Name, c => c.Tags, StringComparer.OrdinalIgnoreCase);
        var propagated = TagPropagation.Along(lineage, source);
        var columns = propagated.Keys.Union(pipeline.ColumnTags.Keys).ToDictionary(
            column => column,
            column => TagLattice.Declare(propagated.GetValueOrDefault(column, TagLattice.Empty), pipeline.ColumnTags.GetValueOrDefault(column, TagLattice.Empty)));
        var table = TagLattice.Join(TagLattice.Declare(contract?.Tags ?? TagLattice.Empty, pipeline.Tags), TagPropagation.Influence(indirect, source));

        // A quarantined row is whole in its payload, so that column carries what any of them does.
        var quarantined = new Dictionary<string, IReadOnlyDictionary<string, string>>(source);
        var all = source.Values.Aggregate(TagLattice.Empty, TagLattice.Join);
        if (all.Count > 0)
        {
            quarantined["_payload"] = all;
        }

        return new ColumnTagging(new TableTags(table, columns), new TableTags(table, quarantined));
    }
}
