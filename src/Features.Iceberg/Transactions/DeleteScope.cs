using System.Text;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Transactions;

/// <summary>Which data files a delete file applies to, sequence numbers apart ("Scan Planning").</summary>
internal static class DeleteScope
{
    // The field id of file_path in position deletes ("Reserved Field IDs").
    private const int FilePathId = 2_147_483_546;

    /// <summary>True unless the delete file surely deletes no row of the data file.</summary>
    public static bool Applies(DataFile delete, DataFile data, TableMetadata metadata)
    {
        if (delete.Content == FileContent.PositionDeletes && OnlyDataFile(delete) is { } path)
        {
            return PathOf(path) == PathOf(data.FilePath);
        }

        var isGlobal = delete.Content == FileContent.EqualityDeletes && metadata.PartitionSpecs.FirstOrDefault(s => s.SpecId == delete.SpecId) is { Fields.Count: 0 };
        return isGlobal || (delete.SpecId == data.SpecId && PartitionKey.Of(delete.Partition).Equals(PartitionKey.Of(data.Partition)));
    }

    private static string? OnlyDataFile(DataFile delete)
    {
        if (delete.ReferencedDataFile is { } path)
        {
            return path;
        }

        return delete.LowerBounds?.GetValueOrDefault(FilePathId) is { } lower && delete.UpperBounds?.GetValueOrDefault(FilePathId) is { } upper && lower.AsSpan().SequenceEqual(upper)
            ? Encoding.UTF8.GetString(lower)
            : null;
    }

    // Writers spell scheme and authority in more than one way.
    private static string PathOf(string location)
    {
        if (Location.SchemeOf(location) is not { } scheme)
        {
            return location;
        }

        var rest = location.AsSpan(scheme.Length + 1);
        if (!rest.StartsWith("//"))
        {
            return rest.ToString();
        }

        var slash = rest[2..].IndexOf('/');
        return slash < 0 ? "" : rest[(2 + slash)..].ToString();
    }
}
