using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.PointInTime.Columns;
using Features.Core.PointInTime.Kernel;

namespace Features.Core.PointInTime;

/// <summary>A joined feature's column: what the kernel found and how it reads.</summary>
/// <param name="Type">Its Arrow type.</param>
/// <param name="Result">The cells of all rows, or the rows of the source.</param>
/// <param name="Values">The source's values; null where cells were computed.</param>
/// <param name="Texts">What the cells of a text column stand for; null for others.</param>
internal sealed record JoinedColumn(IArrowType Type, FeatureResult Result, ValueStore? Values, SortedTexts? Texts)
{
    /// <summary>The rows [start, start + length) as an Arrow array.</summary>
    public IArrowArray Slice(int start, int length) =>
        Result.Rows is { } rows ? Values!.Take(rows.AsSpan(start, length)) : Slice(Result.Cells!.Cells.AsSpan(start, length), Result.Cells.IsValid.AsSpan(start, length));

    private IArrowArray Slice(ReadOnlySpan<long> cells, ReadOnlySpan<bool> valid) => Type switch
    {
        BooleanType => Build(new BooleanArray.Builder(), cells, valid, static (b, c) => b.Append(c != 0), static b => b.AppendNull()).Build(),
        Int32Type => Build(new Int32Array.Builder(), cells, valid, static (b, c) => b.Append((int)c), static b => b.AppendNull()).Build(),
        Int64Type => new Int64Array(Longs(cells), Validity(valid, out var nulls), cells.Length, nulls, 0),
        FloatType => Build(new FloatArray.Builder(), cells, valid, static (b, c) => b.Append((float)OrderedDouble.Decode(c)), static b => b.AppendNull()).Build(),
        DoubleType => new DoubleArray(Doubles(cells), Validity(valid, out var nulls), cells.Length, nulls, 0),
        Date32Type => new Date32Array(Ints(cells), Validity(valid, out var nulls), cells.Length, nulls, 0),
        TimestampType type => new TimestampArray(type, Longs(cells), Validity(valid, out var nulls), cells.Length, nulls, 0),
        StringType => Build(new StringArray.Builder(), cells, valid, (b, c) => b.Append(Texts!.Of(c)), static b => b.AppendNull()).Build(),
        _ => throw new InvalidOperationException($"no cells of type {Type.Name}"),
    };

    private static TBuilder Build<TBuilder>(TBuilder builder, ReadOnlySpan<long> cells, ReadOnlySpan<bool> valid, Action<TBuilder, long> append, Action<TBuilder> appendNull)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (valid[i])
            {
                append(builder, cells[i]);
            }
            else
            {
                appendNull(builder);
            }
        }

        return builder;
    }

    private static ArrowBuffer Longs(ReadOnlySpan<long> cells) => new ArrowBuffer.Builder<long>(cells.Length).Append(cells).Build();

    private static ArrowBuffer Doubles(ReadOnlySpan<long> cells)
    {
        var doubles = new ArrowBuffer.Builder<double>(cells.Length);
        foreach (var cell in cells)
        {
            doubles.Append(OrderedDouble.Decode(cell));
        }

        return doubles.Build();
    }

    private static ArrowBuffer Ints(ReadOnlySpan<long> cells)
    {
        var ints = new ArrowBuffer.Builder<int>(cells.Length);
        foreach (var cell in cells)
        {
            // The cell of a null is whatever lay there.
            ints.Append(unchecked((int)cell));
        }

        return ints.Build();
    }

    private static ArrowBuffer Validity(ReadOnlySpan<bool> valid, out int nulls)
    {
        var bits = new ArrowBuffer.BitmapBuilder(valid.Length);
        nulls = 0;
        foreach (var isValid in valid)
        {
            bits.Append(isValid);
            nulls += isValid ? 0 : 1;
        }

        return bits.Build();
    }
}
