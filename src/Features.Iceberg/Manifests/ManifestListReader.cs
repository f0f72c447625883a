using System.Globalization;
using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>Reads manifest lists of versions 1 to 3, fields resolved by id.</summary>
public static class ManifestListReader
{
    private static readonly AvroWanted[] SummaryFields =
    [
        new(509, ["contains_null"], AvroGetters.Boolean, IsRequired: true),
        new(518, ["contains_nan"], AvroGetters.Boolean),
        new(510, ["lower_bound"], AvroGetters.Bytes),
        new(511, ["upper_bound"], AvroGetters.Bytes),
    ];

    private static readonly AvroWanted[] Fields =
    [
        new(500, ["manifest_path"], AvroGetters.String, IsRequired: true),
        new(501, ["manifest_length"], AvroGetters.Long, IsRequired: true),
        new(502, ["partition_spec_id"], AvroGetters.Int, IsRequired: true),
        new(517, ["content"], AvroGetters.Int),
        new(515, ["sequence_number"], AvroGetters.Long),
        new(516, ["min_sequence_number"], AvroGetters.Long),
        new(503, ["added_snapshot_id"], AvroGetters.Long),
        new(504, ["added_files_count", "added_data_files_count"], AvroGetters.Int),
        new(505, ["existing_files_count", "existing_data_files_count"], AvroGetters.Int),
        new(506, ["deleted_files_count", "deleted_data_files_count"], AvroGetters.Int),
        new(512, ["added_rows_count"], AvroGetters.Long),
        new(513, ["existing_rows_count"], AvroGetters.Long),
        new(514, ["deleted_rows_count"], AvroGetters.Long),
        new(507, ["partitions"], AvroGetters.List<object?[]>(AvroGetters.Record(SummaryFields))),
        new(519, ["key_metadata"], AvroGetters.Bytes),
        new(520, ["first_row_id"], AvroGetters.Long),
    ];

    /// <summary>The manifests of a snapshot, in the list's order; for a v1 snapshot without a list, its inline manifests.</summary>
    /// <exception cref="NotFoundException">The list does not exist.</exception>
    /// <exception cref="InvalidFileException">It is no manifest list.</exception>
    /// <exception cref="UnsupportedFeatureException">It is encrypted.</exception>
    public static async Task<IReadOnlyList<ManifestFile>> ReadAsync(IObjectStore storage, Snapshot snapshot, CancellationToken cancellationToken)
    {
        if (snapshot.KeyId is { } key)
        {
            throw new UnsupportedFeatureException(
                $"an encrypted manifest list (key '{key}')", $"snapshot {snapshot.SnapshotId.ToString(CultureInfo.InvariantCulture)}", "read the table with an engine that has its keys");
        }

        if (snapshot.ManifestList is { } list)
        {
            return await ReadAsync(storage, list, cancellationToken).ConfigureAwait(false);
        }

        var inline = new List<ManifestFile>();
        foreach (var location in snapshot.Manifests ?? [])
        {
            inline.Add(await DescribeInlineAsync(storage, snapshot, location, cancellationToken).ConfigureAwait(false));
        }

        return inline;
    }

    /// <summary>The manifests of a manifest list, in its order.</summary>
    /// <exception cref="NotFoundException">The list does not exist.</exception>
    /// <exception cref="InvalidFileException">It is no manifest list.</exception>
    public static async Task<IReadOnlyList<ManifestFile>> ReadAsync(IObjectStore storage, string location, CancellationToken cancellationToken)
    {
        var manifests = new List<ManifestFile>();
        await foreach (var values in AvroFile.ReadAsync(storage, location, _ => Fields, cancellationToken).ConfigureAwait(false))
        {
            manifests.Add(AvroFile.Guard(location, () => Describe(values)));
        }

        return manifests;
    }

    private static ManifestFile Describe(object?[] values) => new()
    {
        ManifestPath = (string)values[0]!,
        ManifestLength = (long)values[1]!,
        PartitionSpecId = (int)values[2]!,
        IsDeletes = (int?)values[3] switch
        {
            null or 0 => false,
            1 => true,
            var other => throw new InvalidDataException($"a manifest's content is {other}, which is neither data (0) nor deletes (1)"),
        },
        SequenceNumber = (long?)values[4] ?? 0,
        MinSequenceNumber = (long?)values[5] ?? 0,
        AddedSnapshotId = (long?)values[6] ?? 0,
        AddedFilesCount = (int?)values[7],
        ExistingFilesCount = (int?)values[8],
        DeletedFilesCount = (int?)values[9],
        AddedRowsCount = (long?)values[10],
        ExistingRowsCount = (long?)values[11],
        DeletedRowsCount = (long?)values[12],
        Partitions = ((List<object?[]>?)values[13])?.ConvertAll(s => new PartitionFieldSummary((bool)s[0]!, (bool?)s[1], (byte[]?)s[2], (byte[]?)s[3])),
        KeyMetadata = (byte[]?)values[14],
        FirstRowId = (long?)values[15],
    };

    private static async Task<ManifestFile> DescribeInlineAsync(IObjectStore storage, Snapshot snapshot, string location, CancellationToken cancellationToken)
    {
        var info = await storage.StatAsync(location, cancellationToken).ConfigureAwait(false)
            ?? throw new NotFoundException("file", location, "check the location, and relocate it if the table was moved");
        var specId = await AvroFile.ReadHeaderAsync(storage, location, "partition-spec-id", cancellationToken).ConfigureAwait(false);
        return new ManifestFile
        {
            ManifestPath = location,
            ManifestLength = info.Length,
            PartitionSpecId = int.TryParse(specId, NumberStyles.Integer, CultureInfo.InvariantCulture, out var id) ? id : 0,
            AddedSnapshotId = snapshot.SnapshotId,
        };
    }
}
