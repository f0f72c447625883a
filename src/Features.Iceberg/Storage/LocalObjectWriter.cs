namespace Features.Iceberg.Storage;

/// <summary>Writes a hidden file beside the object's place and links it there on completion.</summary>
internal sealed class LocalObjectWriter : ObjectWriter
{
    private const string PartialSuffix = ".partial";

    private readonly string location;
    private readonly string path;
    private readonly string partialPath;
    private readonly LocalWriteStream stream;
    private bool closed;
    private bool handedOver;

    private LocalObjectWriter(string location, string path, string partialPath, LocalWriteStream stream)
    {
        this.location = location;
        this.path = path;
        this.partialPath = partialPath;
        this.stream = stream;
    }

    public override Stream Stream => stream;

    public static bool IsPartial(string name) => name.StartsWith('.') && name.EndsWith(PartialSuffix, StringComparison.Ordinal);

    public static LocalObjectWriter Create(string location, string path)
    {
        var folder = Path.GetDirectoryName(path) ?? throw new StorageException(location, "it is a folder, not a file", "name a file", false);
        var partialPath = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}{PartialSuffix}");
        try
        {
            CreateDurably(folder);
            return new LocalObjectWriter(location, path, partialPath, new LocalWriteStream(location, partialPath));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LocalFault.Of(location, e);
        }
    }

    public override async ValueTask<string?> HandOverAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        cancellationToken.ThrowIfCancellationRequested();
        await stream.DisposeAsync().ConfigureAwait(false);
        handedOver = true;
        return partialPath;
    }

    public override async Task<long> CompleteAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        var length = handedOver ? FlushHandedOver() : await FlushAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        DurableFiles.MoveWithoutReplacing(partialPath, path, location);
        closed = true;
        await stream.DisposeAsync().ConfigureAwait(false);
        DurableFiles.FlushFolder(Path.GetDirectoryName(path)!);
        return length;
    }

    public override async ValueTask DisposeAsync()
    {
        if (closed)
        {
            return;
        }

        closed = true;
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (StorageException)
        {
            // What could not be flushed is dropped anyway.
        }

        File.Delete(partialPath);
    }

    private async Task<long> FlushAsync(CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        stream.Flush(flushToDisk: true);
        return stream.Length;
    }

    private long FlushHandedOver()
    {
        try
        {
            using var file = File.OpenHandle(partialPath, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(file);
            return RandomAccess.GetLength(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LocalFault.Of(location, e);
        }
    }

    private static void CreateDurably(string folder)
    {
        var missing = new Stack<string>();
        for (var above = folder; above is not null && !Directory.Exists(above); above = Path.GetDirectoryName(above))
        {
            missing.Push(above);
        }

        foreach (var created in missing)
        {
            Directory.CreateDirectory(created);
            DurableFiles.FlushFolder(Path.GetDirectoryName(created)!);
        }
    }
}
