namespace Features.Ordering;

/// <summary>How an epoch's positions map to samples.</summary>
public enum OrderMode
{
    /// <summary><c>none</c>: position p holds sample p.</summary>
    None,

    /// <summary><c>global</c>: position p holds the sample that the epoch's permutation of all samples gives.</summary>
    Global,
}
