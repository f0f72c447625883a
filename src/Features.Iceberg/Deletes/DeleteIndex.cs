using System.Text;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Deletes;

/// <summary>
/// Finds the deletes of data files ("Scan Planning"): equality deletes apply to files of a lower sequence number, position deletes to those of the same or a lower one, both within one partition of one spec;
/// equality deletes of an unpartitioned spec apply everywhere. What surely names no row of a file is left out.
/// </summary>
internal sealed class DeleteIndex
{
    // What metrics are cut to by default.
    private const int TruncatedBytes = 16;

    private static readonly PlannedDelete[] None = [];

    private readonly Dictionary<string, PlannedDelete> vectors = [];
    private readonly Dictionary<string, List<PlannedDelete>> byPath = [];
    private readonly Dictionary<(int Spec, PartitionKey Partition), List<PlannedDelete>> byPartition = [];
    private readonly List<PlannedDelete> everywhere = [];

    /// <param name="deletes">All live deletes of a snapshot.</param>
    /// <param name="isUnpartitioned">Whether a spec has no partitions.</param>
    /// <exception cref="InvalidFileException">Two deletion vectors are for the same data file.</exception>
    public DeleteIndex(IEnumerable<PlannedDelete> deletes, Func<int, bool> isUnpartitioned)
    {
        // Those of one list are found by their sequence number.
        foreach (var delete in deletes.OrderBy(d => d.DataSequenceNumber).ThenBy(d => d.File.FilePath, StringComparer.Ordinal).ThenBy(d => d.File.ContentOffset))
        {
            var file = delete.File;
            if (file is { Content: FileContent.PositionDeletes, FileFormat: "PUFFIN" })
            {
                var path = file.ReferencedDataFile ?? throw new InvalidFileException(file.FilePath, "its manifest does not say which data file the deletion vector is for");
                if (!vectors.TryAdd(DeletedPath.Of(path), delete))
                {
                    throw new InvalidFileException(file.FilePath, $"'{path}' has another deletion vector besides, where only one is allowed");
                }
            }
            else if (file.Content == FileContent.PositionDeletes && OnlyDataFile(file) is { } only)
            {
                ListOf(byPath, DeletedPath.Of(only)).Add(delete);
            }
            else if (file.Content == FileContent.EqualityDeletes && isUnpartitioned(file.SpecId))
            {
                everywhere.Add(delete);
            }
            else
            {
                ListOf(byPartition, (file.SpecId, PartitionKey.Of(file.Partition))).Add(delete);
            }
        }

        IsEmpty = vectors.Count + byPath.Count + byPartition.Count + everywhere.Count == 0;
    }

    public bool IsEmpty { get; }

    /// <summary>The only data file that a position delete file names; null if there may be several.</summary>
    public static string? OnlyDataFile(DataFile delete)
    {
        if (delete.ReferencedDataFile is not null)
        {
            return delete.ReferencedDataFile;
        }

        // Truncated bounds should differ in their last character; some writers cut both alike.
        var (lower, upper) = (PathBound(delete.LowerBounds), PathBound(delete.UpperBounds));
        return lower is { Length: > TruncatedBytes } && upper is not null && lower.AsSpan().SequenceEqual(upper) ? Encoding.UTF8.GetString(lower) : null;
    }

    /// <summary>The deletes that apply to a data file, by sequence number.</summary>
    public IReadOnlyList<PlannedDelete> Of(DataFile file, long sequenceNumber)
    {
        if (IsEmpty)
        {
            return None;
        }

        var path = DeletedPath.Of(file.FilePath);
        var vector = vectors.TryGetValue(path, out var found) && found.DataSequenceNumber >= sequenceNumber ? found : null;
        var applying = new List<PlannedDelete>();
        // A deletion vector takes the place of all position delete files.
        if (vector is null && byPath.TryGetValue(path, out var ofPath))
        {
            applying.AddRange(From(ofPath, sequenceNumber));
        }

        if (byPartition.TryGetValue((file.SpecId, PartitionKey.Of(file.Partition)), out var ofPartition))
        {
            applying.AddRange(From(ofPartition, sequenceNumber).Where(d => d.File.Content == FileContent.EqualityDeletes ? MayEqual(d, file, sequenceNumber) : vector is null && MayName(d.File, file.FilePath)));
        }

        applying.AddRange(From(everywhere, sequenceNumber).Where(d => MayEqual(d, file, sequenceNumber)));
        if (vector is not null)
        {
            applying.Add(vector);
        }

        return applying.Count == 0 ? None
            : [.. applying.OrderBy(d => d.DataSequenceNumber).ThenBy(d => d.File.FilePath, StringComparer.Ordinal)];
    }

    private static List<PlannedDelete> ListOf<TKey>(Dictionary<TKey, List<PlannedDelete>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = []);
        }

        return list;
    }

    /// <summary>Those with this sequence number or a higher one.</summary>
    private static IEnumerable<PlannedDelete> From(List<PlannedDelete> sorted, long sequenceNumber)
    {
        var (low, high) = (0, sorted.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle].DataSequenceNumber < sequenceNumber ? (middle + 1, high) : (low, middle);
        }

        return sorted.Skip(low);
    }

    private static bool MayEqual(PlannedDelete delete, DataFile file, long sequenceNumber) =>
        delete.DataSequenceNumber > sequenceNumber && (delete.Key is null || KeyOverlap.MayMatch(delete.File, file, delete.Key));

    /// <summary>False if the path lies outside the bounds of the paths that a position delete file names.</summary>
    private static bool MayName(DataFile delete, string path)
    {
        var (lower, upper) = (PathBound(delete.LowerBounds), PathBound(delete.UpperBounds));
        if (lower is null || upper is null)
        {
            return true;
        }

        // Only if all its paths begin with the scheme and authority of this one does their order say anything.
        var bytes = Encoding.UTF8.GetBytes(path);
        var prefix = bytes.AsSpan(0, Encoding.UTF8.GetByteCount(path.AsSpan(0, DeletedPath.PrefixLength(path))) + 1);
        return !lower.AsSpan().StartsWith(prefix) || !upper.AsSpan().StartsWith(prefix)
            || (lower.AsSpan().SequenceCompareTo(bytes) <= 0 && (bytes.AsSpan().SequenceCompareTo(upper) <= 0 || bytes.AsSpan().StartsWith(upper)));
    }

    private static byte[]? PathBound(IReadOnlyDictionary<int, byte[]>? bounds) => bounds?.GetValueOrDefault(MetadataColumns.DeletedFilePath.Id);
}
