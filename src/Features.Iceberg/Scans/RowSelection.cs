using Apache.Arrow;
using Features.Iceberg.DataFiles;

namespace Features.Iceberg.Scans;

/// <summary>Which rows of a batch are meant.</summary>
public sealed class RowSelection
{
    private readonly bool[] rows;

    /// <summary>All of so many rows.</summary>
    public RowSelection(int length)
    {
        rows = new bool[length];
        rows.AsSpan().Fill(true);
    }

    internal RowSelection(bool[] rows) => this.rows = rows;

    /// <summary>Rows in the batch.</summary>
    public int Length => rows.Length;

    /// <summary>Rows selected.</summary>
    public int Count => rows.AsSpan().Count(true);

    /// <summary>True if the row is selected.</summary>
    public bool this[int row] => rows[row];

    /// <summary>The rows that are selected in both; both have the same length.</summary>
    public RowSelection And(RowSelection other)
    {
        var both = new bool[rows.Length];
        for (var i = 0; i < both.Length; i++)
        {
            both[i] = rows[i] & other.rows[i];
        }

        return new RowSelection(both);
    }

    /// <summary>The other rows.</summary>
    public RowSelection Not() => new(System.Array.ConvertAll(rows, r => !r));

    /// <summary>The selected rows as a batch of their own in managed memory; the given one stays the caller's.</summary>
    public RecordBatch Of(RecordBatch batch)
    {
        var indices = new int[Count];
        for (var (i, next) = (0, 0); i < rows.Length; i++)
        {
            if (rows[i])
            {
                indices[next++] = i;
            }
        }

        return RowTake.Of(batch, indices);
    }

    /// <summary>Leaves out the rows for which <paramref name="test"/> says so; only selected rows are asked about.</summary>
    internal void Remove(Func<int, bool> test)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = rows[i] && !test(i);
        }
    }
}
