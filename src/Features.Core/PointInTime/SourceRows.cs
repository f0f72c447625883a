namespace Features.Core.PointInTime;

/// <summary>
/// The rows of a view's source as columns: key id, clocks in microseconds, and one cell per expression. Among rows equal in key and clocks a later one wins, so the rows
/// must come in the order of the view's order_by and then the canonical row order; views with windows only need no order.
/// </summary>
internal sealed class SourceRows(int expressions)
{
    public Cells Keys { get; } = new();

    public Cells Events { get; } = new();

    /// <summary>The availability clock; null if the source declares none.</summary>
    public Cells? Available { get; init; }

    public IReadOnlyList<Cells> Values { get; } = [.. Enumerable.Range(0, expressions).Select(_ => new Cells())];

    public int Count => Events.Count;
}
