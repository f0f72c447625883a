namespace Features.Core.TrainingSets;

/// <summary>A training set as it now stands, and what was done for it.</summary>
public sealed record TrainingSetResult(TrainingSetManifest Manifest, TrainingSetChange Change);

/// <summary>What creating a training set did.</summary>
public enum TrainingSetChange
{
    /// <summary>It was made.</summary>
    Created,

    /// <summary>It stood already, made by the same definitions from the same snapshots.</summary>
    Unchanged,

    /// <summary>Another one of its name stood and was replaced.</summary>
    Replaced,
}
