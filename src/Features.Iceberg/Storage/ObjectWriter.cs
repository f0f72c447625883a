namespace Features.Iceberg.Storage;

/// <summary>An object being written. Write to <see cref="Stream"/>, then complete; dispose in any case.</summary>
public abstract class ObjectWriter : IAsyncDisposable
{
    /// <summary>Where the bytes go; owned by the writer. It need not seek.</summary>
    public abstract Stream Stream { get; }

    /// <summary>
    /// Lets another program write the object as a local file, without a second copy: gives up <see cref="Stream"/> and returns the absolute path of an empty file that it fills, or replaces, before
    /// <see cref="CompleteAsync"/>. Null where the store has no such file; the stream then stays. Before anything was written.
    /// </summary>
    public virtual ValueTask<string?> HandOverAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

    /// <summary>Makes the object durable and visible, whole. Returns its length in bytes.</summary>
    public abstract Task<long> CompleteAsync(CancellationToken cancellationToken);

    /// <summary>Drops the object if it was not completed.</summary>
    public abstract ValueTask DisposeAsync();
}
