using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Vectors;

/// <summary>Values of fixed width that Arrow holds in another form; <paramref name="convert"/> is called for every slot, null ones too, so it must not fail.</summary>
internal sealed unsafe class ConvertedColumn<TFrom, TTo>(IArrowType type, Func<TFrom, TTo> convert) : VectorColumn(type)
    where TFrom : unmanaged
    where TTo : unmanaged
{
    private readonly ColumnBuffer values = new();

    protected override void AppendValues(nint vector, ulong* mask, int start, int count)
    {
        var source = new ReadOnlySpan<TFrom>((TFrom*)Data(vector) + start, count);
        var target = MemoryMarshal.Cast<byte, TTo>(values.Extend(count * sizeof(TTo)));
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = convert(source[i]);
        }
    }

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity) => new(Type, length, nullCount, 0, [validity, values.Take()]);
}
