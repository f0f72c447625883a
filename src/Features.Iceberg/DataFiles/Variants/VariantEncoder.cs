using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Features.Iceberg.DataFiles.Variants;

/// <summary>Values in Parquet's variant encoding.</summary>
internal static class VariantEncoder
{
    private const int LongestShortString = 63;

    public static byte[] Null { get; } = [0];

    public static byte[] Boolean(bool value) => [Header(value ? VariantPrimitive.True : VariantPrimitive.False)];

    /// <summary>A value whose type tells its length.</summary>
    public static byte[] Fixed(VariantPrimitive type, ReadOnlySpan<byte> data) => [Header(type), .. data];

    public static byte[] Integer(VariantPrimitive type, long value, int width)
    {
        Span<byte> data = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(data, value);
        return Fixed(type, data[..width]);
    }

    public static byte[] Decimal(VariantPrimitive type, BigInteger unscaled, int scale, int width)
    {
        var data = new byte[2 + width];
        (data[0], data[1]) = (Header(type), (byte)scale);
        data.AsSpan(2).Fill(unscaled.Sign < 0 ? (byte)0xFF : (byte)0);
        unscaled.ToByteArray().CopyTo(data, 2);
        return data;
    }

    public static byte[] Text(ReadOnlySpan<byte> utf8) => utf8.Length <= LongestShortString ? [(byte)((utf8.Length << 2) | (int)VariantBasicType.ShortString), .. utf8] : Long(VariantPrimitive.String, utf8);

    public static byte[] Binary(ReadOnlySpan<byte> data) => Long(VariantPrimitive.Binary, data);

    public static byte[] Array(IReadOnlyList<byte[]> elements) => Nested(elements, null);

    /// <summary>An object of fields by name, whose names the metadata has.</summary>
    public static byte[] Object(VariantMetadata metadata, IEnumerable<KeyValuePair<string, byte[]>> fields)
    {
        var ordered = fields.OrderBy(f => Encoding.UTF8.GetBytes(f.Key), Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).ToList();
        var ids = new List<int>(ordered.Count);
        foreach (var field in ordered)
        {
            ids.Add(metadata.IdOf(field.Key));
        }

        return Nested([.. ordered.Select(f => f.Value)], ids);
    }

    private static byte[] Nested(IReadOnlyList<byte[]> values, List<int>? ids)
    {
        var isLarge = values.Count > byte.MaxValue;
        var idWidth = Width(ids is { Count: > 0 } ? ids.Max() : 0);
        var offsetWidth = Width(checked(values.Sum(v => v.Length)));
        var header = ids is null
            ? ((isLarge ? 1 : 0) << 2) | (offsetWidth - 1)
            : ((isLarge ? 1 : 0) << 4) | ((idWidth - 1) << 2) | (offsetWidth - 1);
        var bytes = new List<byte> { (byte)((header << 2) | (int)(ids is null ? VariantBasicType.Array : VariantBasicType.Object)) };
        Add(values.Count, isLarge ? 4 : 1);
        foreach (var id in ids ?? [])
        {
            Add(id, idWidth);
        }

        var offset = 0;
        Add(offset, offsetWidth);
        foreach (var value in values)
        {
            Add(offset += value.Length, offsetWidth);
        }

        foreach (var value in values)
        {
            bytes.AddRange(value);
        }

        return [.. bytes];

        void Add(int number, int width)
        {
            for (var i = 0; i < width; i++)
            {
                bytes.Add((byte)(number >> (8 * i)));
            }
        }
    }

    private static byte[] Long(VariantPrimitive type, ReadOnlySpan<byte> data)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        return [Header(type), .. length, .. data];
    }

    private static byte Header(VariantPrimitive type) => (byte)((int)type << 2);

    private static int Width(int greatest) => greatest switch { <= byte.MaxValue => 1, <= ushort.MaxValue => 2, <= 0xFFFFFF => 3, _ => 4 };
}
