using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.Spec;
using ListType = Features.Iceberg.Spec.ListType;
using MapType = Features.Iceberg.Spec.MapType;
using StructType = Features.Iceberg.Spec.StructType;

namespace Features.Iceberg.DataFiles;

/// <summary>Arrays of one repeated value: defaults, identity partition values, nulls.</summary>
internal static class ConstantArray
{
    /// <summary><paramref name="value"/> is as <see cref="SingleValue"/> represents it, nested ones included.</summary>
    public static IArrowArray Of(IcebergType type, object? value, int length, string column) => ArrowArrayFactory.BuildArray(DataOf(type, value, length, column));

    private static ArrayData DataOf(IcebergType type, object? value, int length, string column)
    {
        var arrow = ArrowSchema.TypeOf(type, column);
        var validity = value is null ? new ArrowBuffer(new byte[(length + 7) / 8]) : ArrowBuffer.Empty;
        var nulls = value is null ? length : 0;
        switch (type)
        {
            case StructType s:
                var byId = value as IReadOnlyDictionary<int, object?>;
                return new ArrayData(arrow, length, nulls, 0, [validity], [.. s.Fields.Select(f => DataOf(f.Type, byId is null ? null : byId.GetValueOrDefault(f.Id) ?? f.InitialDefault, length, f.Name))]);
            case ListType l:
                var items = (value as IReadOnlyList<object?>) ?? [];
                return new ArrayData(arrow, length, nulls, 0, [validity, Offsets(items.Count, length)], [Repeated(l.Element, items, length, column)]);
            case MapType m:
                var pairs = (value as IReadOnlyList<KeyValuePair<object, object?>>) ?? [];
                ArrayData[] children = [Repeated(m.Key, [.. pairs.Select(p => (object?)p.Key)], length, column), Repeated(m.Value, [.. pairs.Select(p => p.Value)], length, column)];
                var entries = new ArrayData(((Apache.Arrow.Types.MapType)arrow).KeyValueType, pairs.Count * length, 0, 0, [ArrowBuffer.Empty], children);
                return new ArrayData(arrow, length, nulls, 0, [validity, Offsets(pairs.Count, length)], [entries]);
            case PrimitiveType { Kind: PrimitiveKind.Variant } when value is null:
                var binary = new PrimitiveType(PrimitiveKind.Binary);
                return new ArrayData(arrow, length, nulls, 0, [validity], [Filled(binary, length, column), Filled(binary, length, column)]);
            case PrimitiveType { Kind: PrimitiveKind.Unknown }:
                return new ArrayData(arrow, length, length, 0, [], null);
            default:
                return PrimitiveOf(arrow, (PrimitiveType)type, value, length, nulls, validity);
        }
    }

    // The children of a null variant are not null themselves.
    private static ArrayData Filled(PrimitiveType type, int length, string column) => DataOf(type, System.Array.Empty<byte>(), length, column);

    private static ArrayData PrimitiveOf(IArrowType arrow, PrimitiveType type, object? value, int length, int nulls, ArrowBuffer validity)
    {
        if (type.Kind == PrimitiveKind.Boolean)
        {
            var bits = new byte[(length + 7) / 8];
            bits.AsSpan().Fill(value is true ? (byte)0xFF : (byte)0);
            return new ArrayData(arrow, length, nulls, 0, [validity, new ArrowBuffer(bits)]);
        }

        var bytes = BytesOf(type, value);
        if (type.Kind is PrimitiveKind.String or PrimitiveKind.Binary)
        {
            return new ArrayData(arrow, length, nulls, 0, [validity, Offsets(bytes.Length, length), Repeat(bytes, length)]);
        }

        return new ArrayData(arrow, length, nulls, 0, [validity, value is null ? new ArrowBuffer(new byte[((FixedWidthType)arrow).BitWidth / 8 * length]) : Repeat(bytes, length)]);
    }

    private static byte[] BytesOf(PrimitiveType type, object? value) => value switch
    {
        null => [],
        int i when type.Kind is PrimitiveKind.Int or PrimitiveKind.Date => BitConverter.GetBytes(i),
        int i => BitConverter.GetBytes((long)i),
        long l => BitConverter.GetBytes(l),
        float f when type.Kind == PrimitiveKind.Double => BitConverter.GetBytes((double)f),
        float f => BitConverter.GetBytes(f),
        double d => BitConverter.GetBytes(d),
        BigInteger unscaled => Decimal(unscaled),
        string text => Encoding.UTF8.GetBytes(text),
        Guid uuid => uuid.ToByteArray(bigEndian: true),
        byte[] raw => raw,
        _ => throw new InvalidTableArgumentException($"a value of {value.GetType().Name} is no {SchemaJson.NameOf(type)}"),
    };

    private static byte[] Decimal(BigInteger unscaled)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, (Int128)unscaled);
        return bytes;
    }

    private static ArrowBuffer Repeat(byte[] value, int count)
    {
        var all = new byte[checked(value.Length * count)];
        for (var i = 0; i < count; i++)
        {
            value.CopyTo(all, i * value.Length);
        }

        return new ArrowBuffer(all);
    }

    private static ArrowBuffer Offsets(int step, int count)
    {
        var offsets = new int[count + 1];
        for (var i = 0; i <= count; i++)
        {
            offsets[i] = checked(i * step);
        }

        return new ArrowBuffer(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(offsets).ToArray());
    }

    private static ArrayData Repeated(IcebergType type, IReadOnlyList<object?> items, int times, string column)
    {
        if (items.Count == 0 || times == 0)
        {
            return DataOf(type, null, 0, column);
        }

        var once = ArrowArrayConcatenator.Concatenate([.. items.Select(i => Of(type, i, 1, column))]);
        return ArrowArrayConcatenator.Concatenate([.. Enumerable.Repeat(once, times)]).Data;
    }
}
