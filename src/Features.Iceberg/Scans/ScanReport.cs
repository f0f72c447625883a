using System.Globalization;

namespace Features.Iceberg.Scans;

/// <summary>What a scan reads and what it skipped, and why. Rows and bytes are those of the data files, before deletes and residual filters.</summary>
public sealed record ScanReport
{
    /// <summary>Nothing planned, nothing skipped.</summary>
    public static ScanReport Empty { get; } = new();

    /// <summary>Manifests of data files that were read.</summary>
    public int ManifestsRead { get; init; }

    /// <summary>Manifests of data files skipped as no partition in their summary can match the filter.</summary>
    public int ManifestsSkippedByPartition { get; init; }

    /// <summary>Manifests of data files skipped as all their files were removed, or none is of the snapshots asked for.</summary>
    public int ManifestsWithoutFiles { get; init; }

    /// <summary>Data files to read.</summary>
    public int FilesPlanned { get; init; }

    /// <summary>Data files skipped as their partition cannot match the filter.</summary>
    public int FilesSkippedByPartition { get; init; }

    /// <summary>Data files skipped as the counts and bounds of a column cannot match the filter.</summary>
    public int FilesSkippedByMetrics { get; init; }

    /// <summary>Data files skipped as they have no rows.</summary>
    public int FilesWithoutRows { get; init; }

    /// <summary>Rows in the data files planned.</summary>
    public long RowsPlanned { get; init; }

    /// <summary>Bytes of the data files planned.</summary>
    public long BytesPlanned { get; init; }

    /// <summary>Manifests of delete files that were read.</summary>
    public int DeleteManifestsRead { get; init; }

    /// <summary>Manifests of delete files skipped: by partition, or as all their files were removed.</summary>
    public int DeleteManifestsSkipped { get; init; }

    /// <summary>Delete files and deletion vectors that apply to some data file planned.</summary>
    public int DeleteFilesPlanned { get; init; }

    /// <summary>Delete files skipped as their partition cannot match the filter.</summary>
    public int DeleteFilesSkippedByPartition { get; init; }

    /// <summary>Delete files that apply to no data file planned: older than the data, for files that were skipped or removed since, or for other values than theirs.</summary>
    public int DeleteFilesNotApplying { get; init; }

    /// <summary>All manifests of data files that were skipped.</summary>
    public int ManifestsSkipped => ManifestsSkippedByPartition + ManifestsWithoutFiles;

    /// <summary>All data files of the manifests read that were skipped.</summary>
    public int FilesSkipped => FilesSkippedByPartition + FilesSkippedByMetrics + FilesWithoutRows;

    /// <summary>The report as lines for people; what did not occur is left out.</summary>
    public IReadOnlyList<string> Lines() =>
    [
        Line("manifests", (ManifestsRead, "read"), (ManifestsSkippedByPartition, "skipped by their partition summaries"), (ManifestsWithoutFiles, "skipped without files")),
        Line("data files", (FilesPlanned, "to read"), (FilesSkippedByPartition, "skipped by partition"), (FilesSkippedByMetrics, "skipped by column metrics"), (FilesWithoutRows, "skipped without rows")),
        .. DeleteManifestsRead + DeleteManifestsSkipped == 0 ? (string[])[] :
        [
            Line("delete manifests", (DeleteManifestsRead, "read"), (DeleteManifestsSkipped, "skipped")),
            Line("delete files", (DeleteFilesPlanned, "to apply"), (DeleteFilesSkippedByPartition, "skipped by partition"), (DeleteFilesNotApplying, "that apply to none of these files")),
        ],
        string.Create(CultureInfo.InvariantCulture, $"rows: {RowsPlanned:N0} in {BytesPlanned:N0} bytes, before deletes and the filter"),
    ];

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', Lines());

    private static string Line(string what, (int Count, string Why) first, params ReadOnlySpan<(int Count, string Why)> others)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{what}: {first.Count:N0} {first.Why}");
        foreach (var (count, why) in others)
        {
            line += count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {count:N0} {why}");
        }

        return line;
    }
}
