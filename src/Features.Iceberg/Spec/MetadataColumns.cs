namespace Features.Iceberg.Spec;

/// <summary>Columns that every table has without naming them in its schema ("Reserved Field IDs" and "Row Lineage"). A column of the table hides the one of the same name.</summary>
public static class MetadataColumns
{
    /// <summary>The id of <c>_partition</c>, whose type depends on the table.</summary>
    public const int PartitionId = 2147483642;

    private const int FirstReservedId = int.MaxValue - 200;

    /// <summary><c>_file</c>: the location of the row's data file, as the table's metadata has it.</summary>
    public static NestedField File { get; } = new(2147483646, "_file", new PrimitiveType(PrimitiveKind.String), Required: true);

    /// <summary><c>_pos</c>: the row's position in its data file, from 0.</summary>
    public static NestedField Position { get; } = new(2147483645, "_pos", new PrimitiveType(PrimitiveKind.Long), Required: true);

    /// <summary><c>_spec_id</c>: the partition spec of the row's data file.</summary>
    public static NestedField SpecId { get; } = new(2147483643, "_spec_id", new PrimitiveType(PrimitiveKind.Int), Required: true);

    /// <summary><c>_row_id</c>: the row's identity through all rewrites (v3); null where the table has no row lineage.</summary>
    public static NestedField RowId { get; } = new(2147483540, "_row_id", new PrimitiveType(PrimitiveKind.Long), Required: false);

    /// <summary><c>_last_updated_sequence_number</c>: the sequence number of the commit that last changed the row (v3); null where the table has no row lineage.</summary>
    public static NestedField LastUpdatedSequenceNumber { get; } = new(2147483539, "_last_updated_sequence_number", new PrimitiveType(PrimitiveKind.Long), Required: false);

    /// <summary><c>file_path</c> of a position delete file: the data file that has the deleted row ("Position Delete Files").</summary>
    public static NestedField DeletedFilePath { get; } = new(2147483546, "file_path", new PrimitiveType(PrimitiveKind.String), Required: true);

    /// <summary><c>pos</c> of a position delete file: the deleted row's position, from 0.</summary>
    public static NestedField DeletedPosition { get; } = new(2147483545, "pos", new PrimitiveType(PrimitiveKind.Long), Required: true);

    /// <summary><c>_partition</c>: the partition values of the row's data file, over the fields of all the table's specs; null for a field that the file's spec lacks. An unpartitioned table's is a struct without fields.</summary>
    public static NestedField Partition(TableMetadata metadata) => new(
        PartitionId,
        "_partition",
        new StructType([.. metadata.PartitionSpecs.OrderByDescending(s => s.SpecId).SelectMany(s => metadata.PartitionType(s).Fields).DistinctBy(f => f.Id).OrderBy(f => f.Id)]),
        Required: true);

    /// <summary>Those that have one value a row in every table.</summary>
    internal static IReadOnlyList<NestedField> Comparable { get; } = [File, Position, SpecId, RowId, LastUpdatedSequenceNumber];

    /// <summary>True for an id that the specification reserves, which no column of a table has.</summary>
    public static bool IsReserved(int fieldId) => fieldId > FirstReservedId;

    /// <summary>The metadata column of this name, or null.</summary>
    public static NestedField? Find(string name, TableMetadata metadata) => name switch
    {
        "_file" => File,
        "_pos" => Position,
        "_spec_id" => SpecId,
        "_partition" => Partition(metadata),
        "_row_id" => RowId,
        "_last_updated_sequence_number" => LastUpdatedSequenceNumber,
        _ => null,
    };
}
