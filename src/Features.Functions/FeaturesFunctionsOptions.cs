namespace Features.Functions;

/// <summary>How events are taken in and worked on.</summary>
public sealed record FeaturesFunctionsOptions
{
    /// <summary>The workspace's folder, which pipelines' patterns are relative to and which events may name files of.</summary>
    public required string Workspace { get; init; }

    /// <summary>The largest request body that is read, in bytes. Default 1 MiB.</summary>
    public long MaxEventBytes { get; init; } = 1L << 20;

    /// <summary>How many batches are worked on at once. Default 2; 0 takes events in only.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>How often an idle worker looks into the inbox. Default 100 ms.</summary>
    public TimeSpan IdlePoll { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the batch in hand may take to finish when the host stops, before it is given back. Default 20 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What a sender is told to wait when an event cannot be taken in now. Default 5 s.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(5);
}
