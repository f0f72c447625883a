using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>A commit as a REST catalog takes it: updates, and what must hold of the table for them to be right.</summary>
internal sealed record MetadataChanges(IReadOnlyList<TableRequirement> Requirements, IReadOnlyList<MetadataUpdate> Updates)
{
    /// <summary>The updates that make <paramref name="updated"/> of <paramref name="from"/>, and the requirements that follow from them. The logs, times and last ids are the catalog's to keep.</summary>
    /// <param name="from">The metadata as it was loaded.</param>
    /// <param name="updated">The metadata as it shall be.</param>
    /// <param name="table">The table's name, for messages.</param>
    /// <exception cref="UnsupportedFeatureException">No update says the change.</exception>
    public static MetadataChanges Between(TableMetadata from, TableMetadata updated, string table)
    {
        var updates = MetadataDifference.Of(from, updated, table);
        return new MetadataChanges(RequirementsOf(from, updates), updates);
    }

    /// <summary>The updates that make a table of nothing.</summary>
    public static MetadataChanges Creating(TableMetadata created) => new(
        [new TableRequirement.AssertCreate()],
        [
            new MetadataUpdate.AssignUuid(created.TableUuid ?? throw new InvalidTableArgumentException($"the table at '{created.Location}' has no uuid")),
            new MetadataUpdate.UpgradeFormatVersion(created.FormatVersion),
            new MetadataUpdate.SetLocation(created.Location),
            .. MetadataDifference.Of(MetadataDifference.Nothing(created), created, created.Location),
        ]);

    // As the reference implementation derives them (UpdateRequirements), and beyond it for what is removed: a branch or tag that moved meanwhile stays.
    private static List<TableRequirement> RequirementsOf(TableMetadata from, IReadOnlyList<MetadataUpdate> updates)
    {
        var requirements = new List<TableRequirement>();
        if (from.TableUuid is { } uuid)
        {
            requirements.Add(new TableRequirement.AssertTableUuid(uuid));
        }

        var refs = updates.SelectMany(u => u switch
        {
            MetadataUpdate.SetSnapshotRef set => [set.Name],
            MetadataUpdate.RemoveSnapshotRef remove => [remove.Name],
            MetadataUpdate.RemoveSchemas or MetadataUpdate.RemovePartitionSpecs => from.Refs.Where(r => r.Value.IsBranch).Select(r => r.Key),
            _ => Array.Empty<string>(),
        });
        requirements.AddRange(refs.Distinct().Select(name => new TableRequirement.AssertRefSnapshotId(name, from.Refs.GetValueOrDefault(name)?.SnapshotId)));
        Require(new TableRequirement.AssertLastAssignedFieldId(from.LastColumnId), u => u is MetadataUpdate.AddSchema);
        Require(new TableRequirement.AssertCurrentSchemaId(from.CurrentSchemaId), u => u is MetadataUpdate.SetCurrentSchema or MetadataUpdate.RemoveSchemas);
        Require(new TableRequirement.AssertLastAssignedPartitionId(from.LastPartitionId), u => u is MetadataUpdate.AddSpec);
        Require(new TableRequirement.AssertDefaultSpecId(from.DefaultSpecId), u => u is MetadataUpdate.SetDefaultSpec or MetadataUpdate.RemovePartitionSpecs);
        Require(new TableRequirement.AssertDefaultSortOrderId(from.DefaultSortOrderId), u => u is MetadataUpdate.SetDefaultSortOrder);
        return requirements;

        void Require(TableRequirement requirement, Predicate<MetadataUpdate> isOfIt)
        {
            if (updates.Any(u => isOfIt(u)))
            {
                requirements.Add(requirement);
            }
        }
    }
}
