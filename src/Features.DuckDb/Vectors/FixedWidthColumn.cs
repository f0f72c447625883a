using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Vectors;

/// <summary>Values whose bytes are the same in DuckDB and Arrow.</summary>
internal sealed unsafe class FixedWidthColumn(IArrowType type, int width) : VectorColumn(type)
{
    private readonly ColumnBuffer values = new();

    protected override void AppendValues(nint vector, ulong* mask, int start, int count) =>
        new ReadOnlySpan<byte>(Data(vector) + ((long)start * width), count * width).CopyTo(values.Extend(count * width));

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity) => new(Type, length, nullCount, 0, [validity, values.Take()]);
}
