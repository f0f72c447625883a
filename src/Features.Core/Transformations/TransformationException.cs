namespace Features.Core.Transformations;

/// <summary>A transformation cannot be fitted or applied; the message names it and what to do.</summary>
public sealed class TransformationException(string code, string message)
    : FeaturesException(code, message);
