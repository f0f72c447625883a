using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.DataFiles;
using Features.Iceberg.DataFiles.Variants;
using Features.Iceberg.Spec;
using ListType = Features.Iceberg.Spec.ListType;
using MapType = Features.Iceberg.Spec.MapType;
using Schema = Features.Iceberg.Spec.Schema;
using StructType = Features.Iceberg.Spec.StructType;

namespace Features.Iceberg.Conformance;

/// <summary>
/// Rows as plain values, to and from Arrow: primitives as <see cref="SingleValue"/> represents them, a variant as its JSON, a struct as <c>object?[]</c>, a list as <c>List&lt;object?&gt;</c>,
/// a map as <c>List&lt;KeyValuePair&lt;object, object?&gt;&gt;</c>.
/// </summary>
public static class Rows
{
    public static RecordBatch ToBatch(Schema schema, IReadOnlyList<object?[]> rows) => new(
        ArrowSchema.From(schema),
        schema.Fields.Select((f, i) => ArrowArrayFactory.BuildArray(Data(ArrowSchema.FieldOf(f).DataType, f.Type, [.. rows.Select(r => r[i])]))),
        rows.Count);

    public static List<object?[]> Of(RecordBatch batch, Schema schema) =>
        [.. Enumerable.Range(0, batch.Length).Select(row => schema.Fields.Select((f, i) => At(batch.Column(i), row, f.Type)).ToArray())];

    /// <summary>A row as one line that differs where any value does.</summary>
    public static string Text(object? value) => value switch
    {
        null => "∅",
        double.NaN or float.NaN => "NaN",
        byte[] bytes => Convert.ToHexString(bytes),
        string text => $"'{text}'",
        double d => BitConverter.DoubleToInt64Bits(d).ToString("x16", CultureInfo.InvariantCulture),
        float f => BitConverter.SingleToInt32Bits(f).ToString("x8", CultureInfo.InvariantCulture),
        object?[] fields => $"({string.Join(',', fields.Select(Text))})",
        List<object?> items => $"[{string.Join(',', items.Select(Text))}]",
        List<KeyValuePair<object, object?>> pairs => $"{{{string.Join(',', pairs.Select(p => $"{Text(p.Key)}:{Text(p.Value)}"))}}}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>The value with every zero of a float positive, for writers whose dictionaries hold zeros equal.</summary>
    public static object? WithoutSignedZeros(object? value) => value switch
    {
        0.0 => 0.0,
        0.0f => 0.0f,
        object?[] fields => fields.Select(WithoutSignedZeros).ToArray(),
        List<object?> items => items.ConvertAll(WithoutSignedZeros),
        List<KeyValuePair<object, object?>> pairs => pairs.ConvertAll(p => KeyValuePair.Create(WithoutSignedZeros(p.Key)!, WithoutSignedZeros(p.Value))),
        _ => value,
    };

    private static ArrayData Data(IArrowType arrow, IcebergType type, IReadOnlyList<object?> values)
    {
        var validity = new byte[(values.Count + 7) / 8];
        for (var i = 0; i < values.Count; i++)
        {
            validity[i >> 3] |= (byte)((values[i] is null ? 0 : 1) << (i & 7));
        }

        var nulls = values.Count(v => v is null);
        var bits = new ArrowBuffer(validity);
        switch (type)
        {
            case StructType s:
                return new ArrayData(arrow, values.Count, nulls, 0, [bits], s.Fields.Select((f, i) => Data(((Apache.Arrow.Types.StructType)arrow).Fields[i].DataType, f.Type, [.. values.Select(v => (v as object?[])?[i])])));
            case ListType l:
                var lists = values.Select(v => (List<object?>?)v ?? []).ToList();
                return new ArrayData(arrow, values.Count, nulls, 0, [bits, Offsets(lists.Select(x => x.Count))], [Data(((Apache.Arrow.Types.ListType)arrow).ValueDataType, l.Element, [.. lists.SelectMany(x => x)])]);
            case MapType m:
                var maps = values.Select(v => (List<KeyValuePair<object, object?>>?)v ?? []).ToList();
                var map = (Apache.Arrow.Types.MapType)arrow;
                var keys = Data(map.KeyField.DataType, m.Key, [.. maps.SelectMany(x => x).Select(p => p.Key)]);
                var entries = new ArrayData(map.KeyValueType, keys.Length, 0, 0, [ArrowBuffer.Empty], [keys, Data(map.ValueField.DataType, m.Value, [.. maps.SelectMany(x => x).Select(p => p.Value)])]);
                return new ArrayData(arrow, values.Count, nulls, 0, [bits, Offsets(maps.Select(x => x.Count))], [entries]);
        }

        if (arrow is NullType)
        {
            return new NullArray(values.Count).Data;
        }

        if (arrow is BooleanType)
        {
            var truths = new byte[validity.Length];
            for (var i = 0; i < values.Count; i++)
            {
                truths[i >> 3] |= (byte)((values[i] is true ? 1 : 0) << (i & 7));
            }

            return new ArrayData(arrow, values.Count, nulls, 0, [bits, new ArrowBuffer(truths)]);
        }

        var width = arrow is FixedWidthType f0 ? f0.BitWidth / 8 : 0;
        var bytes = values.Select(v => v is null ? new byte[width] : Bytes(v)).ToList();
        var all = new ArrowBuffer(bytes.SelectMany(b => b).ToArray());
        return arrow is StringType or BinaryType
            ? new ArrayData(arrow, values.Count, nulls, 0, [bits, Offsets(bytes.Select(b => b.Length)), all])
            : new ArrayData(arrow, values.Count, nulls, 0, [bits, all]);
    }

    private static byte[] Bytes(object value)
    {
        switch (value)
        {
            case BigInteger unscaled:
                var wide = new byte[16];
                BinaryPrimitives.WriteInt128LittleEndian(wide, (Int128)unscaled);
                return wide;
            case string text:
                return Encoding.UTF8.GetBytes(text);
            case Guid uuid:
                return uuid.ToByteArray(bigEndian: true);
            default:
                return value switch
                {
                    int i => BitConverter.GetBytes(i),
                    long l => BitConverter.GetBytes(l),
                    float f => BitConverter.GetBytes(f),
                    double d => BitConverter.GetBytes(d),
                    _ => (byte[])value,
                };
        }
    }

    private static ArrowBuffer Offsets(IEnumerable<int> lengths)
    {
        var offsets = new List<int> { 0 };
        offsets.AddRange(lengths);
        for (var i = 1; i < offsets.Count; i++)
        {
            offsets[i] += offsets[i - 1];
        }

        return new ArrowBuffer(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(offsets)).ToArray());
    }

    private static object? At(IArrowArray array, int row, IcebergType type)
    {
        if (array.IsNull(row))
        {
            return null;
        }

        switch (array)
        {
            case StructArray v when type is PrimitiveType:
                return VariantValue.ToJson(((BinaryArray)v.Fields[0]).GetBytes(row), ((BinaryArray)v.Fields[1]).GetBytes(row));
            case StructArray s:
                return ((StructType)type).Fields.Select((f, i) => At(s.Fields[i], row, f.Type)).ToArray();
            case MapArray m:
                var pairs = new List<KeyValuePair<object, object?>>();
                for (var i = m.ValueOffsets[row]; i < m.ValueOffsets[row + 1]; i++)
                {
                    pairs.Add(new(At(m.Keys, i, ((MapType)type).Key)!, At(m.Values, i, ((MapType)type).Value)));
                }

                return pairs;
            case ListArray l:
                return Enumerable.Range(l.ValueOffsets[row], l.ValueOffsets[row + 1] - l.ValueOffsets[row]).Select(i => At(l.Values, i, ((ListType)type).Element)).ToList();
            case BooleanArray a:
                return a.GetValue(row);
            case Int32Array a:
                return a.GetValue(row);
            case Int64Array a:
                return a.GetValue(row);
            case Date32Array a:
                return a.Values[row];
            case Time64Array a:
                return a.Values[row];
            case TimestampArray a:
                return a.Values[row];
            case FloatArray a:
                return a.GetValue(row);
            case DoubleArray a:
                return a.GetValue(row);
            case StringArray a:
                return a.GetString(row);
            case BinaryArray a:
                return a.GetBytes(row).ToArray();
            case Decimal128Array a:
                return new BigInteger(a.ValueBuffer.Span.Slice((a.Offset + row) * 16, 16));
            case Apache.Arrow.Arrays.FixedSizeBinaryArray a:
                var bytes = a.GetBytes(row).ToArray();
                return type is PrimitiveType { Kind: PrimitiveKind.Uuid } ? new Guid(bytes, bigEndian: true) : bytes;
            default:
                throw new InvalidOperationException($"no value of {array.GetType().Name}");
        }
    }
}
