using System.Numerics;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>Single values out of Arrow arrays of <see cref="ArrowSchema"/>'s types.</summary>
internal static class ArrowValues
{
    /// <summary>The value at a position as <see cref="SingleValue"/> represents it; null for null.</summary>
    public static object? At(IArrowArray array, int index, PrimitiveType type)
    {
        if (array.IsNull(index))
        {
            return null;
        }

        return array switch
        {
            BooleanArray a => a.GetValue(index)!.Value,
            Int32Array a => a.Values[index],
            Date32Array a => a.Values[index],
            Int64Array a => a.Values[index],
            Time64Array a => a.Values[index],
            TimestampArray a => a.Values[index],
            FloatArray a => a.Values[index],
            DoubleArray a => a.Values[index],
            StringArray a => a.GetString(index),
            BinaryArray a => a.GetBytes(index).ToArray(),
            Decimal128Array a => new BigInteger(a.ValueBuffer.Span.Slice((a.Offset + index) * 16, 16)),
            FixedSizeBinaryArray a when type.Kind == PrimitiveKind.Uuid => new Guid(a.GetBytes(index), bigEndian: true),
            FixedSizeBinaryArray a => a.GetBytes(index).ToArray(),
            _ => throw new InvalidTableArgumentException($"an array of {array.Data.DataType.Name} holds no {SchemaJson.NameOf(type)}"),
        };
    }
}
