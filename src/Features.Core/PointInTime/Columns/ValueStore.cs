using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Core.PointInTime.Columns;

/// <summary>Values of one Arrow type, appended from arrays and taken by row in any order.</summary>
internal abstract class ValueStore(IArrowType type)
{
    public IArrowType Type { get; } = type;

    public abstract int Count { get; }

    /// <summary>Bytes that are held.</summary>
    public abstract long Bytes { get; }

    public abstract bool IsNull(int row);

    /// <summary>Appends some rows of an array, which stays the caller's.</summary>
    public abstract void Append(IArrowArray array, ReadOnlySpan<int> rows);

    /// <summary>An array of these rows, in this order; a negative row is null. The caller disposes it.</summary>
    public IArrowArray Take(ReadOnlySpan<int> rows) => ArrowArrayFactory.BuildArray(TakeData(rows));

    public abstract ArrayData TakeData(ReadOnlySpan<int> rows);

    /// <summary>Takes all rows out.</summary>
    public abstract void Clear();

    /// <summary>A store for a type; null for a type that has none.</summary>
    public static ValueStore? TryCreate(IArrowType type) => type switch
    {
        BooleanType => new BooleanStore(type),
        StringType or BinaryType => new BytesStore(type, null),
        FixedSizeBinaryType { ByteWidth: not 16 } binary => new BytesStore(type, binary.ByteWidth),
        FixedWidthType { BitWidth: 8 } => new FixedStore<byte>(type),
        FixedWidthType { BitWidth: 16 } => new FixedStore<short>(type),
        FixedWidthType { BitWidth: 32 } => new FixedStore<int>(type),
        FixedWidthType { BitWidth: 64 } => new FixedStore<long>(type),
        FixedWidthType { BitWidth: 128 } or FixedSizeBinaryType { ByteWidth: 16 } => new FixedStore<Int128>(type),
        ListType list => ListStore.TryCreate(type, list.ValueDataType),
        MapType map => ListStore.TryCreate(type, map.Fields[0].DataType),
        FixedSizeListType list => ListStore.TryCreate(type, list.ValueDataType),
        StructType => StructStore.TryCreate((StructType)type),
        _ => null,
    };

    /// <summary>A bitmap of which rows are there, and how many are not; none if all are.</summary>
    protected ArrowBuffer Validity(ReadOnlySpan<int> rows, out int nulls)
    {
        nulls = 0;
        byte[]? bits = null;
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] < 0 || IsNull(rows[i]))
            {
                if (bits is null)
                {
                    bits = new byte[(rows.Length + 7) / 8];
                    bits.AsSpan().Fill(0xFF);
                }

                bits[i >> 3] &= (byte)~(1 << (i & 7));
                nulls++;
            }
        }

        return bits is null ? ArrowBuffer.Empty : new ArrowBuffer(bits);
    }
}
