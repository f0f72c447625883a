namespace Features.Core.PointInTime;

/// <summary>How much of the machine a join may use. The result does not depend on it.</summary>
public sealed record JoinOptions
{
    /// <summary>
    /// Bytes that the join may hold beside the engine's own: the spine's keys and moments, the rows of one view, its features. Default 2 GiB. A view that does not fit is joined in parts, by keys, which are kept in files
    /// meanwhile; the spine's keys and moments must fit, and so must the rows of one key.
    /// </summary>
    public long MemoryBytes { get; init; } = 2L << 30;

    /// <summary>Where these files lie; each join makes a folder of its own in it and removes it when the result is disposed. Default: the system's temporary folder.</summary>
    public string SpillDirectory { get; init; } = Path.GetTempPath();
}
