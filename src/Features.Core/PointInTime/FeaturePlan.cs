using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>One feature as the kernel computes it.</summary>
/// <param name="Name">For errors.</param>
/// <param name="Expression">Which of the source's value columns; -1 for rows (<c>count(*)</c>).</param>
/// <param name="Aggregate">Null for the latest value.</param>
/// <param name="WindowMicros">The window's length in microseconds; 0 without an aggregate.</param>
/// <param name="IsFloat">True if the cells are encoded doubles.</param>
internal sealed record FeaturePlan(string Name, int Expression, Aggregate? Aggregate, long WindowMicros, bool IsFloat)
{
    /// <summary>Which end of the window belongs to it.</summary>
    public WindowEnd Closed { get; init; }

    /// <summary>Whether the result is a row of the source, whose value is taken: the latest row, or the first or last with a value in the window.</summary>
    public bool IsRow => Aggregate is null or Definitions.Aggregate.First or Definitions.Aggregate.Last;
}

/// <summary>What a view asks of the kernel.</summary>
/// <param name="Features">The features.</param>
/// <param name="TtlMicros">How old the latest row may be, inclusive; null for any age.</param>
/// <param name="Inclusive">Whether a row known at the very moment counts.</param>
internal sealed record ViewPlan(IReadOnlyList<FeaturePlan> Features, long? TtlMicros, bool Inclusive)
{
    public bool HasLatest => Features.Any(f => f.Aggregate is null);

    public bool HasWindows => Features.Any(f => f.Aggregate is not null);

    /// <summary>Whether the order of rows that are equal in key and clocks shows in the result.</summary>
    public bool NeedsOrder => Features.Any(f => f.IsRow);

    /// <summary>Whether values of an expression are computed with.</summary>
    public bool IsCounted(int expression) => Features.Any(f => f.Expression == expression && !f.IsRow);

    /// <summary>Whether values of an expression are taken as they are.</summary>
    public bool IsTaken(int expression) => Features.Any(f => f.Expression == expression && f.IsRow);
}
