using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs;

/// <summary>What a new table is made of. Partition and sort fields name source columns by the ids in <paramref name="Schema"/>.</summary>
/// <param name="Schema">Columns; ids need only be unique here.</param>
/// <param name="Spec">The partition spec.</param>
/// <param name="SortOrder">The sort order.</param>
/// <param name="Properties">Table properties.</param>
/// <param name="Location">The base location; null for the catalog's default, <c>warehouse/namespace/table</c>.</param>
public sealed record TableCreation(Schema Schema, PartitionSpec Spec, SortOrder SortOrder, IReadOnlyDictionary<string, string> Properties, string? Location = null);
