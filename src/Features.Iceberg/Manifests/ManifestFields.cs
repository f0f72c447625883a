using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Manifests;

/// <summary>The fields of a manifest entry and its data file, by id, over all format versions.</summary>
internal static class ManifestFields
{
    /// <param name="metrics">The columns whose metrics are wanted; null for all.</param>
    private static AvroWanted[] FileBeforePartition(IReadOnlySet<int>? metrics) =>
    [
        new(134, ["content"], AvroGetters.Int),
        new(100, ["file_path"], AvroGetters.String, IsRequired: true),
        new(101, ["file_format"], AvroGetters.String, IsRequired: true),
        new(103, ["record_count"], AvroGetters.Long, IsRequired: true),
        new(104, ["file_size_in_bytes"], AvroGetters.Long, IsRequired: true),
        new(108, ["column_sizes"], metrics is null ? AvroGetters.Counts(null) : AvroGetters.Skipped),
        new(109, ["value_counts"], CountsOf(metrics)),
        new(110, ["null_value_counts"], CountsOf(metrics)),
        new(137, ["nan_value_counts"], CountsOf(metrics)),
        new(125, ["lower_bounds"], BoundsOf(metrics)),
        new(128, ["upper_bounds"], BoundsOf(metrics)),
        new(131, ["key_metadata"], AvroGetters.Bytes),
        new(132, ["split_offsets"], AvroGetters.List<long>(AvroGetters.Long)),
        new(135, ["equality_ids"], AvroGetters.List<int>(AvroGetters.Int)),
        new(140, ["sort_order_id"], AvroGetters.Int),
        new(142, ["first_row_id"], AvroGetters.Long),
        new(143, ["referenced_data_file"], AvroGetters.String),
        new(144, ["content_offset"], AvroGetters.Long),
        new(145, ["content_size_in_bytes"], AvroGetters.Long),
    ];

    /// <summary>An entry's fields for a spec's partition type, with the metrics of these columns; null for all.</summary>
    public static IReadOnlyList<AvroWanted> Entry(StructType partitionType, IReadOnlySet<int>? metrics = null)
    {
        var partition = partitionType.Fields
            .Select(f => new AvroWanted(f.Id, [f.Name, AvroName.Sanitise(f.Name)], PartitionValue.Getter((PrimitiveType)f.Type)))
            .ToArray();
        return
        [
            new(0, ["status"], AvroGetters.Int, IsRequired: true),
            new(1, ["snapshot_id"], AvroGetters.Long),
            new(3, ["sequence_number"], AvroGetters.Long),
            new(4, ["file_sequence_number"], AvroGetters.Long),
            new(2, ["data_file"], AvroGetters.Record([.. FileBeforePartition(metrics), new(102, ["partition"], AvroGetters.Record(partition), IsRequired: partition.Length > 0)]), IsRequired: true),
        ];
    }

    /// <summary>The entry of a record read by <see cref="Entry"/>.</summary>
    /// <exception cref="InvalidDataException">A code is not one of the specification's, or a count is negative.</exception>
    public static ManifestEntry ReadEntry(object?[] values, bool isDeletes, int specId)
    {
        var file = ReadFile((object?[])values[4]!, specId);
        if (isDeletes != (file.Content != FileContent.Data))
        {
            throw new InvalidDataException($"it is a manifest of {(isDeletes ? "deletes" : "data")} but lists '{file.FilePath}', which holds {(isDeletes ? "data" : "deletes")}");
        }

        return new ManifestEntry(Code<ManifestEntryStatus>(values[0], "status"), (long?)values[1], (long?)values[2], (long?)values[3], file);
    }

    private static DataFile ReadFile(object?[] values, int specId) => new()
    {
        Content = Code<FileContent>(values[0] ?? 0, "content"),
        FilePath = (string)values[1]!,
        FileFormat = ((string)values[2]!).ToUpperInvariant(),
        SpecId = specId,
        Partition = (object?[]?)values[19] ?? [],
        RecordCount = Count(values[3], "record_count"),
        FileSizeInBytes = Count(values[4], "file_size_in_bytes"),
        ColumnSizes = (Dictionary<int, long>?)values[5],
        ValueCounts = (Dictionary<int, long>?)values[6],
        NullValueCounts = (Dictionary<int, long>?)values[7],
        NanValueCounts = (Dictionary<int, long>?)values[8],
        LowerBounds = (Dictionary<int, byte[]>?)values[9],
        UpperBounds = (Dictionary<int, byte[]>?)values[10],
        KeyMetadata = (byte[]?)values[11],
        SplitOffsets = (List<long>?)values[12],
        EqualityIds = (List<int>?)values[13],
        SortOrderId = (int?)values[14],
        FirstRowId = (long?)values[15],
        ReferencedDataFile = (string?)values[16],
        ContentOffset = (long?)values[17],
        ContentSizeInBytes = (long?)values[18],
    };

    private static Func<AvroSchema, AvroGetter> CountsOf(IReadOnlySet<int>? metrics) => metrics is { Count: 0 } ? AvroGetters.Skipped : AvroGetters.Counts(metrics);

    private static Func<AvroSchema, AvroGetter> BoundsOf(IReadOnlySet<int>? metrics) => metrics is { Count: 0 } ? AvroGetters.Skipped : AvroGetters.Bounds(metrics);

    private static T Code<T>(object? value, string field)
        where T : struct, Enum
    {
        var code = (T)Enum.ToObject(typeof(T), value!);
        return Enum.IsDefined(code) ? code : throw new InvalidDataException($"a file's {field} is {value}, which the specification does not have");
    }

    private static long Count(object? value, string field) =>
        (long)value! is >= 0 and var count ? count : throw new InvalidDataException($"a file's {field} is {value}");
}
