using System.IO.Enumeration;

namespace Features.Iceberg.Storage;

/// <summary>The files below a folder, each folder listed once though links may lead to it several times, or round in a circle.</summary>
internal static class LocalListing
{
    // Hidden files are objects too; only what may not be read is an error.
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>All of them, links to files among them.</summary>
    public static IEnumerable<FileInfo> FilesBelow(DirectoryInfo folder)
    {
        // What has been or is going to be listed whole; a link into, or to above, any of them leads to nothing new, or round in a circle.
        var listed = new List<string> { RealPathOf(folder) };
        return new FileSystemEnumerable<FileInfo>(folder.FullName, (ref FileSystemEntry entry) => (FileInfo)entry.ToFileSystemInfo(), Everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0 || IsNew(entry.ToFullPath(), listed),
        };
    }

    private static bool IsNew(string link, List<string> listed)
    {
        if (Directory.ResolveLinkTarget(link, returnFinalTarget: true) is not { } target)
        {
            // A reparse point that is no link, such as a folder of a cloud drive.
            return true;
        }

        var real = RealPathOf(target);
        if (listed.Any(seen => IsWithin(seen, real) || IsWithin(real, seen)))
        {
            return false;
        }

        listed.Add(real);
        return true;
    }

    private static bool IsWithin(string folder, string path) => Path.GetRelativePath(folder, path) is var way && way != ".." && !Path.IsPathRooted(way)
        && !way.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    /// <summary>The path without links at any level.</summary>
    private static string RealPathOf(FileSystemInfo folder)
    {
        var path = Path.TrimEndingDirectorySeparator(folder.FullName);
        if (Path.GetDirectoryName(path) is not { } above)
        {
            return folder.FullName;
        }

        var inAbove = Path.Combine(RealPathOf(new DirectoryInfo(above)), Path.GetFileName(path));
        return Directory.ResolveLinkTarget(inAbove, returnFinalTarget: true) is { } target ? RealPathOf(target) : inAbove;
    }
}
