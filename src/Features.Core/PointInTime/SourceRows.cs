using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.PointInTime.Columns;

namespace Features.Core.PointInTime;

/// <summary>
/// The rows of a view's source as columns: key id, clocks in microseconds, and for each expression cells to compute with, values to take, or both. Among rows equal in key and clocks a later one wins:
/// those from <see cref="Ordered"/> on stand in the order of the view's order_by and then the canonical row order.
/// </summary>
internal sealed class SourceRows
{
    private readonly FixedStore<int> keys = new(Int32Type.Default);
    private readonly FixedStore<long> events = new(Int64Type.Default);
    private readonly FixedStore<long>? available;

    /// <summary>Starts with no rows.</summary>
    /// <param name="hasAvailable">Whether there is a second clock.</param>
    /// <param name="expressions">For each expression the type of the values to take, null if none are taken, and whether there are cells.</param>
    public SourceRows(bool hasAvailable, IReadOnlyList<(IArrowType? Taken, bool HasCells)> expressions)
    {
        available = hasAvailable ? new(Int64Type.Default) : null;
        var cells = expressions.Select(e => e.HasCells ? new FixedStore<long>(Int64Type.Default) : null).ToList();
        Cells = [.. cells.Select(c => c?.Column)];
        Values = [.. expressions.Select(e => e.Taken is { } type ? ValueStore.TryCreate(type) : null)];
        Columns = [keys, events, .. available is null ? [] : new ValueStore[] { available }, .. cells.OfType<ValueStore>(), .. Values.OfType<ValueStore>()];
    }

    public Chunked<int> Keys => keys.Column;

    public Chunked<long> Events => events.Column;

    /// <summary>The availability clock; null if the source declares none.</summary>
    public Chunked<long>? Available => available?.Column;

    /// <summary>The cells of each expression; null where they are not computed with.</summary>
    public IReadOnlyList<Chunked<long>?> Cells { get; }

    /// <summary>The values of each expression; null where they are not taken.</summary>
    public IReadOnlyList<ValueStore?> Values { get; }

    /// <summary>For each expression of texts that are computed with, the order of what its cells stand for.</summary>
    public IReadOnlyDictionary<int, SortedTexts> Texts { get; set; } = new Dictionary<int, SortedTexts>();

    /// <summary>All columns: keys, clocks, cells, values.</summary>
    public IReadOnlyList<ValueStore> Columns { get; }

    public int Count => keys.Count;

    /// <summary>From which row on rows stand in their order; of those before it none may be tied with another. None do at first.</summary>
    public int Ordered { get; set; } = int.MaxValue;

    public long Bytes => Columns.Sum(c => c.Bytes);

    /// <summary>The availability of a row: of a source without that clock, its event.</summary>
    public long AvailableOf(int row) => available is null ? Events[row] : available.Column[row];

    /// <summary>From which moment on a row counts: when it has happened and is known; null if that is never.</summary>
    public long? CountsFrom(int row, bool inclusive)
    {
        var happened = Events[row];
        if (available is null)
        {
            return happened;
        }

        var known = available.Column[row];
        return inclusive ? Math.Max(happened, known) : known == long.MaxValue ? null : Math.Max(happened, known + 1);
    }

    /// <summary>Appends rows that were taken from <see cref="Columns"/>.</summary>
    public void Append(RecordBatch columns)
    {
        var all = Enumerable.Range(0, columns.Length).ToArray();
        for (var c = 0; c < Columns.Count; c++)
        {
            Columns[c].Append(columns.Column(c), all);
        }
    }

    /// <summary>Takes all rows out.</summary>
    public void Clear()
    {
        foreach (var column in Columns)
        {
            column.Clear();
        }

        Ordered = int.MaxValue;
    }
}
