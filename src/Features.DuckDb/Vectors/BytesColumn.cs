using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Vectors;

/// <summary>Strings and binaries: DuckDB's 16-byte headers (up to 12 bytes stand inside) into Arrow's offsets and bytes.</summary>
internal sealed unsafe class BytesColumn(IArrowType type) : VectorColumn(type)
{
    private const int InlineLength = 12;
    private readonly ColumnBuffer offsets = new();
    private readonly ColumnBuffer bytes = new();

    protected override void AppendValues(nint vector, ulong* mask, int start, int count)
    {
        var headers = (Header*)Data(vector) + start;
        var ends = MemoryMarshal.Cast<byte, int>(offsets.Extend((count + (Length == 0 ? 1 : 0)) * sizeof(int)));
        if (Length == 0)
        {
            ends[0] = 0;
            ends = ends[1..];
        }

        var total = 0L;
        for (var i = 0; i < count; i++)
        {
            total += ValidityBuffer.IsValid(mask, start + i) ? headers[i].Length : 0;
        }

        var end = bytes.Length;
        var target = bytes.Extend(checked((int)total));
        for (var i = 0; i < count; i++)
        {
            if (ValidityBuffer.IsValid(mask, start + i))
            {
                var header = headers + i;
                var length = (int)header->Length;
                new ReadOnlySpan<byte>(length <= InlineLength ? header->Inlined : header->Pointer, length).CopyTo(target);
                target = target[length..];
                end += length;
            }

            ends[i] = end;
        }
    }

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity)
    {
        if (length == 0)
        {
            offsets.Extend(sizeof(int)).Clear();
        }

        return new(Type, length, nullCount, 0, [validity, offsets.Take(), bytes.Take()]);
    }

    [StructLayout(LayoutKind.Explicit, Size = 16)]
    internal struct Header
    {
        [FieldOffset(0)]
        internal uint Length;

        [FieldOffset(4)]
        internal fixed byte Inlined[InlineLength];

        [FieldOffset(8)]
        internal byte* Pointer;
    }
}
