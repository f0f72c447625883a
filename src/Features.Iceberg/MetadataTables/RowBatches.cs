using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using ListType = Features.Iceberg.Spec.ListType;
using MapType = Features.Iceberg.Spec.MapType;
using Schema = Features.Iceberg.Spec.Schema;
using StructType = Features.Iceberg.Spec.StructType;

namespace Features.Iceberg.MetadataTables;

/// <summary>Rows of values (see <see cref="MetadataRows"/>) as Arrow batches.</summary>
internal static class RowBatches
{
    private const int MaxRows = 1_024;

    public static async IAsyncEnumerable<RecordBatch> Of(Schema schema, IAsyncEnumerable<object?[]> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var arrow = ArrowSchema.From(schema);
        var pending = new List<object?[]>();
        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            pending.Add(row);
            if (pending.Count == MaxRows)
            {
                yield return ToBatch(schema, arrow, pending);
                pending.Clear();
            }
        }

        if (pending.Count > 0)
        {
            yield return ToBatch(schema, arrow, pending);
        }
    }

    private static RecordBatch ToBatch(Schema schema, Apache.Arrow.Schema arrow, List<object?[]> rows) => new(
        arrow,
        schema.Fields.Select((field, i) => ArrowArrayFactory.BuildArray(DataOf(field.Name, field.Type, [.. rows.Select(r => r[i])]))),
        rows.Count);

    private static ArrayData DataOf(string column, IcebergType type, object?[] values)
    {
        var arrow = ArrowSchema.TypeOf(type, column);
        var nulls = values.Count(v => v is null);
        var validity = nulls == 0 ? ArrowBuffer.Empty : Bits(values.Select(v => v is not null));
        switch (type)
        {
            case StructType s:
                return new ArrayData(arrow, values.Length, nulls, 0, [validity], [.. s.Fields.Select((f, i) => DataOf(f.Name, f.Type, [.. values.Select(v => ((object?[]?)v)?[i])]))]);
            case ListType l:
                var lists = values.Select(v => (IReadOnlyList<object?>)(v ?? System.Array.Empty<object?>())).ToArray();
                return new ArrayData(arrow, values.Length, nulls, 0, [validity, Offsets(lists.Select(x => x.Count))], [DataOf(column, l.Element, [.. lists.SelectMany(x => x)])]);
            case MapType m:
                var maps = values.Select(v => (IReadOnlyList<KeyValuePair<object, object?>>)(v ?? System.Array.Empty<KeyValuePair<object, object?>>())).ToArray();
                var pairs = maps.SelectMany(x => x).ToArray();
                ArrayData[] children = [DataOf(column, m.Key, [.. pairs.Select(p => p.Key)]), DataOf(column, m.Value, [.. pairs.Select(p => p.Value)])];
                var entries = new ArrayData(((Apache.Arrow.Types.MapType)arrow).KeyValueType, pairs.Length, 0, 0, [ArrowBuffer.Empty], children);
                return new ArrayData(arrow, values.Length, nulls, 0, [validity, Offsets(maps.Select(x => x.Count))], [entries]);
            case PrimitiveType { Kind: PrimitiveKind.Unknown }:
                return new ArrayData(arrow, values.Length, values.Length, 0, System.Array.Empty<ArrowBuffer>());
            default:
                return new ArrayData(arrow, values.Length, nulls, 0, [validity, .. Buffers((PrimitiveType)type, values)]);
        }
    }

    private static ArrowBuffer[] Buffers(PrimitiveType type, object?[] values)
    {
        switch (type.Kind)
        {
            case PrimitiveKind.Boolean:
                return [Bits(values.Select(v => v is true))];
            case PrimitiveKind.Int or PrimitiveKind.Date:
                return [Fixed(values, v => Convert.ToInt32(v, CultureInfo.InvariantCulture))];
            case PrimitiveKind.Long or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs:
                return [Fixed(values, v => Convert.ToInt64(v, CultureInfo.InvariantCulture))];
            case PrimitiveKind.Float:
                return [Fixed(values, v => (float)v)];
            case PrimitiveKind.Double:
                return [Fixed(values, v => Convert.ToDouble(v, CultureInfo.InvariantCulture))];
            case PrimitiveKind.Decimal:
                return [Fixed(values, v => (Int128)(BigInteger)v)];
            case PrimitiveKind.String or PrimitiveKind.Binary:
                byte[][] texts = [.. values.Select(Bytes)];
                return [Offsets(texts.Select(t => t.Length)), new ArrowBuffer(texts.SelectMany(t => t).ToArray())];
            case PrimitiveKind.Uuid or PrimitiveKind.Fixed:
                var width = type.Kind == PrimitiveKind.Uuid ? 16 : type.Length;
                return [new ArrowBuffer(values.SelectMany(v => v is null ? new byte[width] : Bytes(v)).ToArray())];
            default:
                return [];
        }
    }

    private static byte[] Bytes(object? value) => value switch
    {
        null => [],
        string text => System.Text.Encoding.UTF8.GetBytes(text),
        Guid uuid => uuid.ToByteArray(bigEndian: true),
        _ => (byte[])value,
    };

    private static ArrowBuffer Fixed<T>(object?[] values, Func<object, T> convert)
        where T : unmanaged => new(MemoryMarshal.AsBytes<T>(values.Select(v => v is null ? default : convert(v)).ToArray()).ToArray());

    private static ArrowBuffer Bits(IEnumerable<bool> values)
    {
        var bits = new ArrowBuffer.BitmapBuilder();
        bits.AppendRange(values);
        return bits.Build();
    }

    private static ArrowBuffer Offsets(IEnumerable<int> lengths)
    {
        var offsets = new List<int> { 0 };
        foreach (var length in lengths)
        {
            offsets.Add(checked(offsets[^1] + length));
        }

        return new ArrowBuffer(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(offsets)).ToArray());
    }
}
