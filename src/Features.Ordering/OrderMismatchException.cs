namespace Features.Ordering;

/// <summary>A state belongs to another order than the one it was brought to.</summary>
public sealed class OrderMismatchException : Exception
{
    internal OrderMismatchException(IReadOnlyList<string> parts, string message)
        : base(message) => Parts = parts;

    /// <summary>The names of the parts that differ: <c>content</c>, <c>rows</c>, <c>filter</c>, <c>policy</c>, <c>algorithm</c>, <c>mode</c>, <c>seed</c>, <c>grouping</c>.</summary>
    public IReadOnlyList<string> Parts { get; }
}
