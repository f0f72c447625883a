namespace Features.Flight.Telemetry;

/// <summary>An open DoGet at one moment.</summary>
/// <param name="Subject">Who reads.</param>
/// <param name="Dataset">The data set's name; null until the ticket is redeemed.</param>
/// <param name="OrderDigest">The digest of the order; null until the ticket is redeemed.</param>
/// <param name="Rank">The rank.</param>
/// <param name="World">The number of ranks; 0 until the ticket is redeemed.</param>
/// <param name="Began">When the call came.</param>
internal sealed record StreamSnapshot(string Subject, string? Dataset, string? OrderDigest, int Rank, int World, DateTimeOffset Began)
{
    /// <summary>The global position of the last batch that was handed over; before it, the first of the read.</summary>
    public long Position { get; init; }

    /// <summary>The step of the last batch that was handed over.</summary>
    public long Step { get; init; }

    public long Rows { get; init; }

    public long Batches { get; init; }

    public long Bytes { get; init; }

    /// <summary>Whether rows are ready now and the reader takes none.</summary>
    public bool IsBlocked { get; init; }

    /// <summary>How long rows were ready and the reader took none.</summary>
    public TimeSpan Blocked { get; init; }

    /// <summary>How long the reader could have taken rows and none were ready, the load among it.</summary>
    public TimeSpan Starved { get; init; }
}
