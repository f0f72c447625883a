using System.Diagnostics;

namespace Features.Iceberg.Spec;

/// <summary>One partition field: <paramref name="Transform"/> of the source column, under a name and field id (from 1000) of its own.</summary>
public sealed record PartitionField(int SourceId, int FieldId, string Name, Transform Transform);

/// <summary>How a table's rows are partitioned; empty for an unpartitioned table.</summary>
public sealed record PartitionSpec(int SpecId, IReadOnlyList<PartitionField> Fields)
{
    /// <summary>The unpartitioned spec.</summary>
    public static PartitionSpec Unpartitioned { get; } = new(0, []);

    /// <summary>The struct of partition values: one optional field a partition field, under its id and name. A source column that <paramref name="schema"/> lacks gives type unknown.</summary>
    public StructType PartitionType(Schema schema) => throw new UnreachableException($"{Fields}");

    /// <summary>The partition's part of a data file's path, <c>day=2001-01-01/origin=SFO</c>, url-encoded; empty for an unpartitioned spec.</summary>
    public string ToPath(IReadOnlyList<object?> partition, Schema schema) => throw new UnreachableException($"{Fields}");
}
