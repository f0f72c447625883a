namespace Features.Core.Skew;

/// <summary>How many answers are kept, and for how long.</summary>
public sealed record AnswerLogOptions
{
    /// <summary>The share of answered rows that is kept, from 0 for none to 1 for all. Default: 0.</summary>
    public double Share { get; init; }

    /// <summary>Which rows are taken: the same seed takes the same rows of the same sequence of answers. Default: 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Values that wait to be written at most; what is offered beyond them is not kept. Default: 1,048,576, about 64 MB.</summary>
    public int MaxWaitingValues { get; init; } = 1 << 20;

    /// <summary>Bytes after which a new file is begun. Default: 16 MiB.</summary>
    public long MaxFileBytes { get; init; } = 16 << 20;

    /// <summary>The age after which a new file is begun. Default: 1 hour.</summary>
    public TimeSpan MaxFileAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Bytes of all files together, after which the oldest are removed. Default: 256 MiB. Each process that writes has a file of its own, which may go beyond it by one line.</summary>
    public long MaxTotalBytes { get; init; } = 256 << 20;
}
