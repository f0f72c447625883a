namespace Features.Iceberg.Storage;

/// <summary>An object being written. Write to <see cref="Stream"/>, then complete; dispose in any case.</summary>
public abstract class ObjectWriter : IAsyncDisposable
{
    /// <summary>Where the bytes go; owned by the writer. It need not seek.</summary>
    public abstract Stream Stream { get; }

    /// <summary>Makes the object durable and visible, whole. Returns its length in bytes.</summary>
    public abstract Task<long> CompleteAsync(CancellationToken cancellationToken);

    /// <summary>Drops the object if it was not completed.</summary>
    public abstract ValueTask DisposeAsync();
}
