using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Vectors;

/// <summary>A BLOB column whose values must all have one length, as Arrow's FixedSizeBinary.</summary>
internal sealed unsafe class FixedBytesColumn(FixedSizeBinaryType type) : VectorColumn(type)
{
    private readonly ColumnBuffer values = new();

    protected override void AppendValues(nint vector, ulong* mask, int start, int count)
    {
        var headers = (BytesColumn.Header*)Data(vector) + start;
        var target = values.Extend(count * type.ByteWidth);
        target.Clear();
        for (var i = 0; i < count; i++, target = target[type.ByteWidth..])
        {
            if (!ValidityBuffer.IsValid(mask, start + i))
            {
                continue;
            }

            if (headers[i].Length != type.ByteWidth)
            {
                throw new InvalidDataException($"a value has {headers[i].Length} bytes where the column's type is fixed[{type.ByteWidth}]");
            }

            new ReadOnlySpan<byte>(type.ByteWidth <= 12 ? headers[i].Inlined : headers[i].Pointer, type.ByteWidth).CopyTo(target);
        }
    }

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity) => new(Type, length, nullCount, 0, [validity, values.Take()]);
}
