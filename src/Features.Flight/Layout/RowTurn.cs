using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Features.Flight.Layout;

/// <summary>Turns columns that lie one behind another into rows.</summary>
internal static class RowTurn
{
    private const int Tile = 8;

    /// <summary>Writes rows of all columns.</summary>
    /// <param name="columns">The columns, each of <paramref name="stride"/> values.</param>
    /// <param name="stride">Values of a column.</param>
    /// <param name="rows">How many of them are turned.</param>
    /// <param name="target">Room for values of shape (rows, columns).</param>
    public static void Turn(ReadOnlySpan<float> columns, int stride, int rows, Span<float> target)
    {
        var width = columns.Length / stride;
        var (wholeRows, wholeColumns) = Avx.IsSupported ? (rows / Tile * Tile, width / Tile * Tile) : (0, 0);
        for (var row = 0; row < wholeRows; row += Tile)
        {
            for (var column = 0; column < wholeColumns; column += Tile)
            {
                TurnTile(columns[((column * stride) + row)..], stride, target[((row * width) + column)..], width);
            }
        }

        Turn(columns, stride, wholeColumns, 0, wholeRows, target);
        Turn(columns, stride, 0, wholeRows, rows, target);
    }

    /// <inheritdoc cref="Turn(ReadOnlySpan{float}, int, int, Span{float})"/>
    public static void Turn(ReadOnlySpan<byte> columns, int stride, int rows, Span<byte> target) => Turn(columns, stride, 0, 0, rows, target);

    // Eight rows at a time: what is read of a column then is one cache line, and what is written lies together.
    private static void Turn<T>(ReadOnlySpan<T> columns, int stride, int firstColumn, int firstRow, int rows, Span<T> target)
    {
        var width = columns.Length / stride;
        for (var first = firstRow; first < rows; first += Tile)
        {
            var count = Math.Min(Tile, rows - first);
            var to = target.Slice(first * width, count * width);
            for (var column = firstColumn; column < width; column++)
            {
                var at = column;
                foreach (var value in columns.Slice((column * stride) + first, count))
                {
                    to[at] = value;
                    at += width;
                }
            }
        }
    }

    // Eight rows of eight columns in registers: pairs, then fours, then halves of rows are put together.
    private static void TurnTile(ReadOnlySpan<float> columns, int stride, Span<float> target, int width)
    {
        var (a, b) = Fours(columns, stride);
        var (c, d) = Fours(columns[(4 * stride)..], stride);
        var (e, f) = Fours(columns, stride, isHigh: true);
        var (g, h) = Fours(columns[(4 * stride)..], stride, isHigh: true);
        Avx.Permute2x128(a, c, 0x20).CopyTo(target);
        Avx.Permute2x128(b, d, 0x20).CopyTo(target[width..]);
        Avx.Permute2x128(e, g, 0x20).CopyTo(target[(2 * width)..]);
        Avx.Permute2x128(f, h, 0x20).CopyTo(target[(3 * width)..]);
        Avx.Permute2x128(a, c, 0x31).CopyTo(target[(4 * width)..]);
        Avx.Permute2x128(b, d, 0x31).CopyTo(target[(5 * width)..]);
        Avx.Permute2x128(e, g, 0x31).CopyTo(target[(6 * width)..]);
        Avx.Permute2x128(f, h, 0x31).CopyTo(target[(7 * width)..]);
    }

    // Rows 0 and 4, and 1 and 5, of four columns; or, of the high halves, rows 2 and 6, and 3 and 7.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second) Fours(ReadOnlySpan<float> columns, int stride, bool isHigh = false)
    {
        var (one, two) = (Vector256.Create(columns), Vector256.Create(columns[stride..]));
        var (three, four) = (Vector256.Create(columns[(2 * stride)..]), Vector256.Create(columns[(3 * stride)..]));
        var left = isHigh ? Avx.UnpackHigh(one, two) : Avx.UnpackLow(one, two);
        var right = isHigh ? Avx.UnpackHigh(three, four) : Avx.UnpackLow(three, four);
        return (Avx.Shuffle(left, right, 0x44), Avx.Shuffle(left, right, 0xEE));
    }
}
