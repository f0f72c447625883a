namespace Features.Core.TrainingSets;

/// <summary>A training set among others, whole or broken.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Manifest">Its manifest; null if it is broken.</param>
/// <param name="Problem">Why it is broken, and what to do; null if it is whole.</param>
public sealed record TrainingSetListing(string Name, TrainingSetManifest? Manifest, string? Problem);
