using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.PointInTime;

namespace Features.Core.Online;

/// <summary>Values as Arrow columns, and back; for the few places where rows of a request meet the engine.</summary>
internal static class FeatureArrays
{
    private const int MostShown = 20;

    /// <summary>A column of a type from values of its kind.</summary>
    /// <exception cref="OnlineException">A value is beyond what the type holds.</exception>
    public static IArrowArray Build(IArrowType type, IReadOnlyList<FeatureValue> values)
    {
        try
        {
            return Fill(type, values);
        }
        catch (OverflowException)
        {
            throw new OnlineException($"among {string.Join(", ", values.Take(MostShown))}{(values.Count > MostShown ? ", …" : "")} is a value beyond what {FeatureTypes.Name(type)} holds; send values in its range", "online-request-column");
        }
    }

    private static IArrowArray Fill(IArrowType type, IReadOnlyList<FeatureValue> values) => type switch
    {
        BooleanType => Fill(new BooleanArray.Builder(), values, static (b, v) => b.Append(v.AsBoolean()), static b => b.AppendNull()).Build(),
        Int8Type => Fill(new Int8Array.Builder(), values, static (b, v) => b.Append(checked((sbyte)v.AsInteger())), static b => b.AppendNull()).Build(),
        Int16Type => Fill(new Int16Array.Builder(), values, static (b, v) => b.Append(checked((short)v.AsInteger())), static b => b.AppendNull()).Build(),
        Int32Type => Fill(new Int32Array.Builder(), values, static (b, v) => b.Append(checked((int)v.AsInteger())), static b => b.AppendNull()).Build(),
        UInt8Type => Fill(new UInt8Array.Builder(), values, static (b, v) => b.Append(checked((byte)v.AsInteger())), static b => b.AppendNull()).Build(),
        UInt16Type => Fill(new UInt16Array.Builder(), values, static (b, v) => b.Append(checked((ushort)v.AsInteger())), static b => b.AppendNull()).Build(),
        UInt32Type => Fill(new UInt32Array.Builder(), values, static (b, v) => b.Append(checked((uint)v.AsInteger())), static b => b.AppendNull()).Build(),
        Int64Type => Fill(new Int64Array.Builder(), values, static (b, v) => b.Append(v.AsInteger()), static b => b.AppendNull()).Build(),
        FloatType => Fill(new FloatArray.Builder(), values, static (b, v) => b.Append((float)v.AsFloat()), static b => b.AppendNull()).Build(),
        DoubleType => Fill(new DoubleArray.Builder(), values, static (b, v) => b.Append(v.AsFloat()), static b => b.AppendNull()).Build(),
        StringType => Fill(new StringArray.Builder(), values, static (b, v) => b.Append(v.Kind == FeatureValueKind.Text ? v.AsText() : v.ToString()), static b => b.AppendNull()).Build(),
        BinaryType => Fill(new BinaryArray.Builder(), values, static (b, v) => b.Append(v.Kind == FeatureValueKind.Uuid ? v.AsUuid().ToByteArray(bigEndian: true) : v.AsBinary()), static b => b.AppendNull()).Build(),
        Date32Type => Fixed(values, type, 4, static (s, v) => System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(s, v.AsDays())),
        TimestampType timestamp => Fixed(values, type, 8, (s, v) => System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(s, v.AsMicros() / MicrosOf(timestamp.Unit))),
        Decimal128Type @decimal => Fixed(values, type, 16, (s, v) => System.Buffers.Binary.BinaryPrimitives.WriteInt128LittleEndian(s, Rescaled(v, @decimal))),
        FixedSizeBinaryType sized => Fixed(values, type, sized.ByteWidth, static (s, v) => (v.Kind == FeatureValueKind.Uuid ? v.AsUuid().ToByteArray(bigEndian: true) : v.AsBinary()).CopyTo(s)),
        ListType list => List(list, values),
        _ => throw new OnlineException($"a value of type {type.Name} cannot be handed to the engine"),
    };

    /// <summary>The kind of a type's values; null for a list, or what no request can bring.</summary>
    public static FeatureValueKind? KindOf(IArrowType type) => type switch
    {
        BooleanType => FeatureValueKind.Boolean,
        Int8Type or Int16Type or Int32Type or Int64Type or UInt8Type or UInt16Type or UInt32Type => FeatureValueKind.Integer,
        FloatType or DoubleType => FeatureValueKind.Float,
        StringType => FeatureValueKind.Text,
        Date32Type => FeatureValueKind.Date,
        TimestampType => FeatureValueKind.Timestamp,
        Decimal128Type => FeatureValueKind.Decimal,
        BinaryType or FixedSizeBinaryType => FeatureValueKind.Binary,
        _ => null,
    };

    /// <summary>A column's values.</summary>
    public static IEnumerable<FeatureValue> Read(IArrowArray array)
    {
        var type = StoredType.Of(array.Data.DataType) ?? throw new OnlineException($"a column of type {array.Data.DataType.Name} cannot be an online feature; cast it");
        var write = StoredValue.Writer(array, type);
        var writer = new ByteWriter();
        for (var i = 0; i < array.Length; i++)
        {
            writer.Clear();
            if (array.IsNull(i))
            {
                yield return FeatureValue.Null;
                continue;
            }

            write(writer, i);
            yield return StoredValue.Read(type, writer.ToArray());
        }
    }

    private static TBuilder Fill<TBuilder>(TBuilder builder, IReadOnlyList<FeatureValue> values, Action<TBuilder, FeatureValue> append, Action<TBuilder> appendNull)
    {
        foreach (var value in values)
        {
            if (value.IsNull)
            {
                appendNull(builder);
            }
            else
            {
                append(builder, value);
            }
        }

        return builder;
    }

    private delegate void WriteValue(Span<byte> span, FeatureValue value);

    private static IArrowArray Fixed(IReadOnlyList<FeatureValue> values, IArrowType type, int width, WriteValue write)
    {
        var bytes = new byte[values.Count * width];
        for (var i = 0; i < values.Count; i++)
        {
            if (!values[i].IsNull)
            {
                write(bytes.AsSpan(i * width, width), values[i]);
            }
        }

        return ArrowArrayFactory.BuildArray(new ArrayData(type, values.Count, values.Count(v => v.IsNull), 0, [Validity(values), new ArrowBuffer(bytes)]));
    }

    private static IArrowArray List(ListType type, IReadOnlyList<FeatureValue> values)
    {
        var (elements, offsets) = (new List<FeatureValue>(), new int[values.Count + 1]);
        for (var i = 0; i < values.Count; i++)
        {
            elements.AddRange(values[i].IsNull ? [] : values[i].AsList());
            offsets[i + 1] = elements.Count;
        }

        var inner = Build(type.ValueDataType, elements);
        return ArrowArrayFactory.BuildArray(new ArrayData(
            type, values.Count, values.Count(v => v.IsNull), 0, [Validity(values), new ArrowBuffer.Builder<int>().Append(offsets).Build()], [inner.Data]));
    }

    private static ArrowBuffer Validity(IReadOnlyList<FeatureValue> values)
    {
        var bits = new ArrowBuffer.BitmapBuilder(values.Count);
        foreach (var value in values)
        {
            bits.Append(!value.IsNull);
        }

        return bits.Build();
    }

    private static long MicrosOf(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 1_000_000,
        TimeUnit.Millisecond => 1_000,
        TimeUnit.Microsecond => 1,
        _ => throw new OnlineException("a timestamp in nanoseconds cannot be handed to the engine; cast it to TIMESTAMP"),
    };

    private static Int128 Rescaled(FeatureValue value, Decimal128Type type)
    {
        var (unscaled, scale) = value.AsDecimal();
        for (; scale < type.Scale; scale++)
        {
            unscaled = checked(unscaled * 10);
        }

        for (; scale > type.Scale; scale--)
        {
            unscaled = unscaled % 10 == 0 ? unscaled / 10 : throw new OnlineException($"'{value}' has more decimal places than decimal({type.Precision},{type.Scale}) holds");
        }

        return unscaled;
    }
}
