namespace Features.Iceberg.Catalogs.Rest;

/// <summary>What must hold of the table for a commit to be made (REST specification, schema <c>TableRequirement</c>). Views have requirements of their own, which a table never needs.</summary>
internal abstract record TableRequirement
{
    internal sealed record AssertCreate : TableRequirement;

    internal sealed record AssertTableUuid(Guid Uuid) : TableRequirement;

    /// <summary>Null: there is no such branch or tag.</summary>
    internal sealed record AssertRefSnapshotId(string Ref, long? SnapshotId) : TableRequirement;

    internal sealed record AssertLastAssignedFieldId(int Id) : TableRequirement;

    internal sealed record AssertLastAssignedPartitionId(int Id) : TableRequirement;

    internal sealed record AssertCurrentSchemaId(int Id) : TableRequirement;

    internal sealed record AssertDefaultSpecId(int Id) : TableRequirement;

    internal sealed record AssertDefaultSortOrderId(int Id) : TableRequirement;
}
