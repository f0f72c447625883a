namespace Features.Core.PointInTime;

/// <summary>
/// The rows of a view's source as columns: key id, clocks in microseconds, and one cell per expression. Among rows equal in key and clocks a later one wins, so the rows
/// must come in the order of the view's order_by and then the canonical row order; views with windows only need no order.
/// </summary>
internal sealed class SourceRows(IReadOnlyList<Cells> values)
{
    public SourceRows(int expressions)
        : this([.. Enumerable.Range(0, expressions).Select(_ => new Cells())])
    {
    }

    public Cells Keys { get; private init; } = new();

    public Cells Events { get; private init; } = new();

    /// <summary>The availability clock; null if the source declares none.</summary>
    public Cells? Available { get; init; }

    public IReadOnlyList<Cells> Values { get; } = values;

    public int Count => Events.Count;

    /// <summary>The same rows with text columns as numbers of their order.</summary>
    public SourceRows WithTexts(IReadOnlyDictionary<int, SortedTexts> texts) =>
        new([.. Values.Select((cells, v) => texts.TryGetValue(v, out var sorted) ? sorted.Rank(cells) : cells)]) { Keys = Keys, Events = Events, Available = Available };
}
