namespace Features.Core.PointInTime;

/// <summary>A join cannot be made as asked: a missing column, a type that does not fit, names that clash, a sum that overflows.</summary>
public sealed class PointInTimeException(string message)
    : FeaturesException("point-in-time", message);
