using Apache.Arrow.Memory;

namespace Features.Flight.Client;

/// <summary>How a client calls.</summary>
public sealed record DatasetClientOptions
{
    /// <summary>A bearer token that goes with each call; null, the default, for none.</summary>
    public string? BearerToken { get; init; }

    /// <summary>How often the start of a stream is tried while the service is unavailable. Default 5; over all locations.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The pause after a first failed attempt, doubled after each. Default 100 ms.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the batches' memory is taken from; null for Arrow's default.</summary>
    public MemoryAllocator? Allocator { get; init; }

    /// <summary>The clock of the pauses. Default the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
