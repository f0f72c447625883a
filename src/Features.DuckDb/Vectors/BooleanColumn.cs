using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Vectors;

/// <summary>Booleans: a byte each in DuckDB, a bit each in Arrow.</summary>
internal sealed unsafe class BooleanColumn() : VectorColumn(BooleanType.Default)
{
    private readonly ColumnBuffer bits = new();

    protected override void AppendValues(nint vector, ulong* mask, int start, int count)
    {
        var source = Data(vector) + start;
        bits.Extend(((Length + count + 7) / 8) - bits.Length);
        var target = bits.Filled;
        for (var i = 0; i < count; i++)
        {
            var bit = (byte)(1 << ((Length + i) & 7));
            ref var cell = ref target[(Length + i) >> 3];
            cell = source[i] != 0 ? (byte)(cell | bit) : (byte)(cell & ~bit);
        }
    }

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity) => new(Type, length, nullCount, 0, [validity, bits.Take()]);
}
