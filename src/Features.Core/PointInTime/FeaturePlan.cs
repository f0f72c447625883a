using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>One feature as the kernel computes it.</summary>
/// <param name="Name">For errors.</param>
/// <param name="Expression">Which of the source's value columns; -1 for rows (<c>count(*)</c>).</param>
/// <param name="Aggregate">Null for the latest value.</param>
/// <param name="WindowMicros">The window's length in microseconds; 0 without an aggregate.</param>
/// <param name="IsFloat">True if the cells are encoded doubles.</param>
internal sealed record FeaturePlan(string Name, int Expression, Aggregate? Aggregate, long WindowMicros, bool IsFloat);

/// <summary>What a view asks of the kernel.</summary>
/// <param name="Features">The features.</param>
/// <param name="TtlMicros">How old the latest row may be, inclusive; null for any age.</param>
/// <param name="Inclusive">Whether a row known at the very moment counts.</param>
internal sealed record ViewPlan(IReadOnlyList<FeaturePlan> Features, long? TtlMicros, bool Inclusive);
