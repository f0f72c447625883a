namespace Features.Ordering;

/// <summary>What happens to the positions that do not fill a last global step.</summary>
public enum Tail
{
    /// <summary><c>keep</c>: the last batch is short. Only a world of one rank may keep it, for ranks must stay equal.</summary>
    Keep,

    /// <summary><c>drop</c>: they are left out of this epoch.</summary>
    Drop,

    /// <summary><c>pad</c>: the last step is filled by wrapping to the epoch's first positions.</summary>
    Pad,
}
