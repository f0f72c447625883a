namespace Features.Flight.Cache;

/// <summary>A data set that a job follows from version to version, as it stands at one moment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Current">The content digest of the epoch begun last.</param>
/// <param name="Next">The content digest of the next epoch.</param>
public sealed record FollowedDataset(string Name, string Current, string Next)
{
    /// <summary>The content digest of a newer version that is being loaded; null if there is none.</summary>
    public string? Warming { get; init; }

    /// <summary>Why a newer version could not be loaded, so that the one before it is still given; null if nothing failed.</summary>
    public string? Fault { get; init; }
}
