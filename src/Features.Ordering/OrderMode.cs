namespace Features.Ordering;

/// <summary>How an epoch's positions map to samples.</summary>
public enum OrderMode
{
    /// <summary><c>none</c>: position p holds sample p.</summary>
    None,

    /// <summary><c>global</c>: position p holds the sample that the epoch's permutation of all samples gives.</summary>
    Global,

    /// <summary>
    /// <c>grouped</c>: position p belongs to lane p mod C; each lane walks its own samples in groups of blocks, shuffled inside the group, so
    /// that no more than a group of each lane need be near at once. Shaped by a <see cref="Ordering.Grouping"/>.
    /// </summary>
    Grouped,
}
