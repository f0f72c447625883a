namespace Features.Iceberg.Storage;

/// <summary>Files of this machine as they lie: <c>file:</c> URIs and plain paths. Nothing is copied, and a lease holds nothing: whoever owns the file may delete it.</summary>
public sealed class LocalFiles : ILocalFiles
{
    /// <inheritdoc/>
    public ValueTask<LocalFile> FetchAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = LocalObjectStore.PathOf(location);
        return File.Exists(path)
            ? ValueTask.FromResult(new LocalFile(path))
            : throw new NotFoundException("file", location, "check the location, and relocate it if the table was moved");
    }
}
