using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Online;

namespace Features.Server.Online.Frames;

/// <summary>One column of JSON values as an Arrow array of the type that it must have.</summary>
internal static class FrameColumn
{
    private const string UuidExtension = "arrow.uuid";

    /// <param name="field">The column.</param>
    /// <param name="values">One a row.</param>
    /// <param name="fault">Is told of each value that does not fit; it stands as null then.</param>
    public static IArrowArray ToArray(Field field, IReadOnlyList<FeatureValue> values, Action<int, string> fault)
    {
        var column = new Column(field, values, fault);
        return field.DataType switch
        {
            BooleanType => Booleans(column),
            Int32Type => Fixed(column, 4, FrameCell.Int),
            Int64Type => Fixed(column, 8, FrameCell.Long),
            FloatType => Fixed(column, 4, FrameCell.Float),
            DoubleType => Fixed(column, 8, FrameCell.Double),
            Date32Type => Fixed(column, 4, FrameCell.Date),
            Time64Type { Unit: TimeUnit.Microsecond } => Fixed(column, 8, FrameCell.Time),
            TimestampType { Unit: TimeUnit.Microsecond } => Fixed(column, 8, FrameCell.Timestamp),
            Decimal128Type type => Fixed(column, 16, (in FeatureValue value, Span<byte> bytes) => FrameCell.Decimal(in value, bytes, type)),
            FixedSizeBinaryType { ByteWidth: 16 } when IsUuid(field) => Fixed(column, 16, FrameCell.Uuid),
            FixedSizeBinaryType type => Fixed(column, type.ByteWidth, FrameCell.Bytes),
            StringType => Texts(column),
            BinaryType => Binaries(column),
            ListType type => Lists(column, type),
            _ => Unsupported(column),
        };
    }

    private static IArrowArray Fixed(Column column, int width, FrameCell.Write write)
    {
        var bytes = new byte[column.Values.Count * width];
        var validity = new Validity(column);
        for (var row = 0; row < column.Values.Count; row++)
        {
            if (validity.Takes(row) && write(column.Values[row], bytes.AsSpan(row * width, width)) is { } problem)
            {
                validity.Refuse(row, problem);
            }
        }

        return validity.Build(new ArrowBuffer(bytes));
    }

    private static IArrowArray Booleans(Column column)
    {
        var bits = new byte[(column.Values.Count + 7) / 8];
        var validity = new Validity(column);
        for (var row = 0; row < column.Values.Count; row++)
        {
            if (!validity.Takes(row))
            {
                continue;
            }

            if (column.Values[row].Kind != FeatureValueKind.Boolean)
            {
                validity.Refuse(row, $"{FrameCell.Shown(column.Values[row])} is neither true nor false");
            }
            else if (column.Values[row].AsBoolean())
            {
                BitUtility.SetBit(bits, row);
            }
        }

        return validity.Build(new ArrowBuffer(bits));
    }

    private static IArrowArray Texts(Column column)
    {
        using var builder = new Variable();
        var validity = new Validity(column);
        for (var row = 0; row < column.Values.Count; row++)
        {
            if (validity.Takes(row))
            {
                if (column.Values[row].Kind == FeatureValueKind.Text)
                {
                    builder.Append(System.Text.Encoding.UTF8.GetBytes(column.Values[row].AsText()));
                }
                else
                {
                    validity.Refuse(row, $"{FrameCell.Shown(column.Values[row])} is no text; give it in quotes");
                }
            }

            builder.End();
        }

        return validity.Build(builder.Offsets(), builder.Bytes());
    }

    private static IArrowArray Binaries(Column column)
    {
        using var builder = new Variable();
        var validity = new Validity(column);
        for (var row = 0; row < column.Values.Count; row++)
        {
            if (validity.Takes(row))
            {
                if (FrameCell.Base64(column.Values[row]) is { } bytes)
                {
                    builder.Append(bytes);
                }
                else
                {
                    validity.Refuse(row, $"{FrameCell.Shown(column.Values[row])} is no base64 text");
                }
            }

            builder.End();
        }

        return validity.Build(builder.Offsets(), builder.Bytes());
    }

    private static ListArray Lists(Column column, ListType type)
    {
        var offsets = new int[column.Values.Count + 1];
        var elements = new List<FeatureValue>();
        var rows = new List<int>();
        var validity = new Validity(column);
        for (var row = 0; row < column.Values.Count; row++)
        {
            if (validity.Takes(row))
            {
                if (column.Values[row].Kind == FeatureValueKind.List)
                {
                    elements.AddRange(column.Values[row].AsList());
                    rows.AddRange(Enumerable.Repeat(row, elements.Count - rows.Count));
                }
                else
                {
                    validity.Refuse(row, $"{FrameCell.Shown(column.Values[row])} is no list");
                }
            }

            offsets[row + 1] = elements.Count;
        }

        var inner = ToArray(type.ValueField, elements, (element, problem) => column.Fault(rows[element], problem));
        return (ListArray)validity.Build([inner], new ArrowBuffer(MemoryMarshal.AsBytes<int>(offsets).ToArray()));
    }

    private static NullArray Unsupported(Column column)
    {
        column.Fault(0, $"a column of type {column.Field.DataType.Name} cannot be sent as JSON; write it through a pipeline");
        return new NullArray(column.Values.Count);
    }

    private static bool IsUuid(Field field) => field.HasMetadata && field.Metadata.TryGetValue("ARROW:extension:name", out var name) && name == UuidExtension;

    private sealed record Column(Field Field, IReadOnlyList<FeatureValue> Values, Action<int, string> Fault);

    /// <summary>Which rows have a value.</summary>
    private sealed class Validity(Column column)
    {
        private readonly byte[] bits = new byte[(column.Values.Count + 7) / 8];
        private int nulls = column.Values.Count;

        /// <summary>False for a null, which is a fault where there must be a value.</summary>
        public bool Takes(int row)
        {
            if (column.Values[row].IsNull)
            {
                if (!column.Field.IsNullable)
                {
                    column.Fault(row, "there is no value, and there must be one");
                }

                return false;
            }

            BitUtility.SetBit(bits, row);
            nulls--;
            return true;
        }

        public void Refuse(int row, string problem)
        {
            BitUtility.ClearBit(bits, row);
            nulls++;
            column.Fault(row, problem);
        }

        public IArrowArray Build(params ReadOnlySpan<ArrowBuffer> buffers) => Build([], buffers);

        public IArrowArray Build(IReadOnlyList<IArrowArray> children, params ReadOnlySpan<ArrowBuffer> buffers) =>
            ArrowArrayFactory.BuildArray(new ArrayData(column.Field.DataType, column.Values.Count, nulls, 0, [new ArrowBuffer(bits), .. buffers], [.. children.Select(c => c.Data)]));
    }

    /// <summary>Values of any length, one behind the other.</summary>
    private sealed class Variable : IDisposable
    {
        private readonly MemoryStream bytes = new();
        private readonly List<int> offsets = [0];

        public void Append(ReadOnlySpan<byte> value) => bytes.Write(value);

        public void End() => offsets.Add((int)bytes.Length);

        public ArrowBuffer Offsets() => new(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(offsets)).ToArray());

        public ArrowBuffer Bytes() => new(bytes.ToArray());

        public void Dispose() => bytes.Dispose();
    }
}
