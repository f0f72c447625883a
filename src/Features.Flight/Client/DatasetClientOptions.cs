using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography.X509Certificates;
using Apache.Arrow.Memory;

namespace Features.Flight.Client;

/// <summary>How a client calls. Validated when a client is made.</summary>
public sealed record DatasetClientOptions
{
    /// <summary>A bearer token that goes with each call; null, the default, for none.</summary>
    public string? BearerToken { get; init; }

    /// <summary>The certificates that a server's chain may end in, in place of the system's; null, the default, for the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>How long a connection may take to come about. Default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one stream may take from its start to its last row, which the server is told too; null, the default, for ever.</summary>
    public TimeSpan? StreamTimeout { get; init; }

    /// <summary>
    /// How often a stream is tried in a row while the service is unavailable, over all locations, before the reader gives up. What was handed out is not asked for
    /// again, and each batch that comes starts the count anew. Default 5.
    /// </summary>
    [Range(1, 1000)]
    public int Attempts { get; init; } = 5;

    /// <summary>The pause after a first failed attempt, doubled after each. Default 100 ms.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Batches that are received ahead of the consumer, if they are larger together than <see cref="PrefetchBytes"/>. Default 2.</summary>
    [Range(1, 1024)]
    public int PrefetchBatches { get; init; } = 2;

    /// <summary>Bytes that may be received ahead of the consumer in any case, so that small batches keep coming; from 64 KiB to 1 GiB. Default 4 MiB.</summary>
    [Range(64 << 10, 1 << 30)]
    public int PrefetchBytes { get; init; } = 4 << 20;

    /// <summary>The largest message that is accepted, in bytes. Default 128 MiB: twice the largest that a Features service sends, for one row that is larger is sent whole.</summary>
    [Range(64 << 10, int.MaxValue)]
    public int MaxMessageBytes { get; init; } = 128 << 20;

    /// <summary>Where the batches' memory is taken from; null for Arrow's default.</summary>
    public MemoryAllocator? Allocator { get; init; }

    /// <summary>The clock of pauses and timeouts. Default the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal DatasetClientOptions Validated()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        return this;
    }
}
