using Features.Core.Online;

namespace Features.Core.Materialization;

/// <summary>What a step came to.</summary>
internal sealed record StepCounts(MaterializationMode Mode, long Rows, long Keys, long Recomputed, bool Resumed);

/// <summary>A step that was taken: what it came to, and the view's state since.</summary>
internal sealed record StepResult(OnlineViewState State, StepCounts Counts);
