namespace Features.Ordering;

/// <summary>How an epoch's positions map to samples.</summary>
public enum OrderMode
{
    /// <summary><c>none</c>: position p holds sample p.</summary>
    None,

    /// <summary><c>global</c>: position p holds the sample that the epoch's permutation of all samples gives.</summary>
    Global,

    /// <summary><c>grouped</c>: position p is in lane p mod C, and a lane is its own permuted run of groups of blocks, each group shuffled inside.</summary>
    Grouped,
}
