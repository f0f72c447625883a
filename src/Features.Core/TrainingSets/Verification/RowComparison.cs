using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.PointInTime;
using Features.Core.Transformations;

namespace Features.Core.TrainingSets.Verification;

/// <summary>Compares two streams of rows cell by cell, whatever their batches.</summary>
internal sealed class RowComparison(Schema schema, int most)
{
    /// <summary>How much of its magnitude a float may differ by.</summary>
    public const double Tolerance = 1e-12;

    private readonly List<CellDifference> differences = [];

    /// <summary>The first differences.</summary>
    public IReadOnlyList<CellDifference> Differences => differences;

    /// <summary>Rows of the longer stream beyond the end of the other; 0 for streams of equal length.</summary>
    public long Unpaired { get; private set; }

    /// <summary>Compares until the ends, or until there are as many differences as are wanted. The batches are disposed.</summary>
    public async Task RunAsync(IAsyncEnumerable<RecordBatch> stored, IAsyncEnumerable<RecordBatch> rebuilt, CancellationToken cancellationToken)
    {
        var (left, right) = (stored.GetAsyncEnumerator(cancellationToken), rebuilt.GetAsyncEnumerator(cancellationToken));
        await using (left.ConfigureAwait(false))
        await using (right.ConfigureAwait(false))
        {
            await RunAsync(left, right).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(IAsyncEnumerator<RecordBatch> left, IAsyncEnumerator<RecordBatch> right)
    {
        RecordBatch? a = null, b = null;
        try
        {
            var (atA, atB, row) = (0, 0, 0L);
            while (differences.Count < most)
            {
                (a, atA) = await NextAsync(left, a, atA).ConfigureAwait(false);
                (b, atB) = await NextAsync(right, b, atB).ConfigureAwait(false);
                if (a is null || b is null)
                {
                    Unpaired = a is null && b is null ? 0 : (a ?? b)!.Length - (a is null ? atB : atA);
                    return;
                }

                var length = Math.Min(a.Length - atA, b.Length - atB);
                Compare(a, atA, b, atB, length, row);
                (atA, atB, row) = (atA + length, atB + length, row + length);
            }
        }
        finally
        {
            a?.Dispose();
            b?.Dispose();
        }
    }

    private static async Task<(RecordBatch? Batch, int At)> NextAsync(IAsyncEnumerator<RecordBatch> batches, RecordBatch? batch, int at)
    {
        while (batch is null || at == batch.Length)
        {
            batch?.Dispose();
            if (!await batches.MoveNextAsync().ConfigureAwait(false))
            {
                return (null, 0);
            }

            (batch, at) = (batches.Current, 0);
        }

        return (batch, at);
    }

    private void Compare(RecordBatch a, int atA, RecordBatch b, int atB, int length, long row)
    {
        var columns = Enumerable.Range(0, schema.FieldsList.Count).Select(c => Equal(a.Column(c), b.Column(c))).ToArray();
        for (var i = 0; i < length; i++)
        {
            for (var c = 0; c < columns.Length && differences.Count < most; c++)
            {
                if (!columns[c](atA + i, atB + i))
                {
                    differences.Add(new CellDifference(row + i, schema.GetFieldByIndex(c).Name, Text(a.Column(c), atA + i), Text(b.Column(c), atB + i)));
                }
            }
        }
    }

    private static Func<int, int, bool> Equal(IArrowArray a, IArrowArray b)
    {
        if (a.Data.DataType is FloatType or DoubleType)
        {
            var (left, right) = (ScalarValue.Numbers(a), ScalarValue.Numbers(b));
            return (i, j) => a.IsNull(i) == b.IsNull(j) && (a.IsNull(i) || IsClose(left(i), right(j)));
        }

        var (cellsA, cellsB) = (new CanonicalCells(), new CanonicalCells());
        var (writeA, writeB) = (cellsA.Writer(a), cellsB.Writer(b));
        return (i, j) =>
        {
            cellsA.Clear();
            cellsB.Clear();
            writeA(i);
            writeB(j);
            return cellsA.Bytes.SequenceEqual(cellsB.Bytes);
        };
    }

    private static bool IsClose(double left, double right) =>
        left.Equals(right) || left == right || Math.Abs(left - right) <= Tolerance * Math.Max(Math.Abs(left), Math.Abs(right)) && double.IsFinite(left) && double.IsFinite(right);

    private static string? Text(IArrowArray array, int row)
    {
        if (array.IsNull(row))
        {
            return null;
        }

        if (ScalarValue.IsKnown(array.Data.DataType))
        {
            return ScalarValue.Text(ValueKey.Of(array)(row), array.Data.DataType);
        }

        var cells = new CanonicalCells();
        cells.Writer(array)(row);
        return Convert.ToHexStringLower(cells.Bytes[1..]);
    }
}
