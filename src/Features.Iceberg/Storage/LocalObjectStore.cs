using System.Runtime.CompilerServices;

namespace Features.Iceberg.Storage;

/// <summary>
/// Local files: <c>file:/path</c>, <c>file:///path</c> or a path. An object is written beside its place, flushed to disk and linked into place, so that it is whole or absent and
/// never replaces another. What a killed process leaves behind is a hidden <c>.….partial</c> file, which no listing shows.
/// </summary>
public sealed class LocalObjectStore : IObjectStore
{
    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(location);
        try
        {
            return Task.FromResult<Stream>(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 << 10, FileOptions.Asynchronous));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NotFoundException("file", location, "check the location, and relocate it if the table was moved", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LocalFault.Of(location, e);
        }
    }

    /// <inheritdoc/>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<ObjectWriter>(LocalObjectWriter.Create(location, PathOf(location)));
    }

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(InfoOf(location, new FileInfo(PathOf(location))));
    }

    /// <summary>All files below a folder, in no order. Links are followed, but each folder is listed once, whatever links lead to it: a file must not seem to be another, which nothing refers to.</summary>
    /// <exception cref="StorageException">A folder cannot be listed.</exception>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(PathOf(prefix));
        if (!folder.Exists)
        {
            yield break;
        }

        using var files = LocalListing.FilesBelow(folder).GetEnumerator();
        while (LocalFault.Guarded(prefix, files.MoveNext))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var file = files.Current;
            if (!LocalObjectWriter.IsPartial(file.Name))
            {
                var below = Path.GetRelativePath(folder.FullName, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
                yield return InfoOf(Location.Combine(prefix, below), file) ?? new ObjectInfo(Location.Combine(prefix, below), 0, file.LastWriteTimeUtc);
            }
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(location);
        try
        {
            var existed = File.Exists(path);
            if (existed)
            {
                File.Delete(path);
            }

            return Task.FromResult(existed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LocalFault.Of(location, e);
        }
    }

    // The system tells the length of a link itself.
    private static ObjectInfo? InfoOf(string location, FileInfo file)
    {
        var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        return target?.Exists == true ? new ObjectInfo(location, target.Length, target.LastWriteTimeUtc) : null;
    }

    /// <summary>The absolute path of a local location.</summary>
    /// <exception cref="StorageException">It is of another scheme.</exception>
    internal static string PathOf(string location) => Location.SchemeOf(location) switch
    {
        null or "file" => Path.GetFullPath(Location.FilePath(location)),
        var scheme => throw new StorageException(
            location, $"it is not a local file ('{scheme}')", "open it with the store of that scheme, or relocate its prefix to where the files lie", false),
    };
}
