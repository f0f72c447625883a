namespace Features.Core.TrainingSets;

/// <summary>A training set cannot be made, or is not what it says; the message names it and what to do.</summary>
public sealed class TrainingSetException(string code, string message)
    : FeaturesException(code, message);
