namespace Features.Iceberg.Spec;

/// <summary>One partition field: <paramref name="Transform"/> of the source column, under a name and field id (from 1000) of its own.</summary>
public sealed record PartitionField(int SourceId, int FieldId, string Name, Transform Transform);

/// <summary>How a table's rows are partitioned; empty for an unpartitioned table.</summary>
public sealed record PartitionSpec(int SpecId, IReadOnlyList<PartitionField> Fields)
{
    /// <summary>The unpartitioned spec.</summary>
    public static PartitionSpec Unpartitioned { get; } = new(0, []);
}

/// <summary>One sort field.</summary>
public sealed record SortField(int SourceId, Transform Transform, bool Descending, bool NullsFirst);

/// <summary>How rows are sorted within data files; order id 0 is unsorted.</summary>
public sealed record SortOrder(int OrderId, IReadOnlyList<SortField> Fields)
{
    /// <summary>The unsorted order.</summary>
    public static SortOrder Unsorted { get; } = new(0, []);
}
