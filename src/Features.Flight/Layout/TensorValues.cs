using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>
/// Numbers and booleans as float32: the nearest, ties to the even one. A decimal becomes the nearest float64 of its digits, which is divided by its
/// power of ten and rounded again. False is 0, true is 1. What is finite and beyond float32 becomes infinite, for the caller to refuse.
/// </summary>
internal static class TensorValues
{
    public static bool CanPack(IArrowType type) => type.TypeId is
        ArrowTypeId.Boolean or ArrowTypeId.Int8 or ArrowTypeId.Int16 or ArrowTypeId.Int32 or ArrowTypeId.Int64
        or ArrowTypeId.UInt8 or ArrowTypeId.UInt16 or ArrowTypeId.UInt32 or ArrowTypeId.UInt64
        or ArrowTypeId.HalfFloat or ArrowTypeId.Float or ArrowTypeId.Double or ArrowTypeId.Decimal128 or ArrowTypeId.Decimal256;

    /// <summary>Writes the slots of an array from <paramref name="first"/> on; what stands in a null slot is written as it is.</summary>
    public static void Convert(ArrayData data, int first, Span<float> target)
    {
        switch (data.DataType.TypeId)
        {
            case ArrowTypeId.Boolean: FromBits(data.Buffers[1].Span, data.Offset + first, target); break;
            case ArrowTypeId.Int8: From<sbyte>(data, first, target); break;
            case ArrowTypeId.Int16: From<short>(data, first, target); break;
            case ArrowTypeId.Int32: From<int>(data, first, target); break;
            case ArrowTypeId.Int64: From<long>(data, first, target); break;
            case ArrowTypeId.UInt8: From<byte>(data, first, target); break;
            case ArrowTypeId.UInt16: From<ushort>(data, first, target); break;
            case ArrowTypeId.UInt32: From<uint>(data, first, target); break;
            case ArrowTypeId.UInt64: From<ulong>(data, first, target); break;
            case ArrowTypeId.HalfFloat: TensorPrimitives.ConvertToSingle(Values<Half>(data, first, target.Length), target); break;
            case ArrowTypeId.Float: Values<float>(data, first, target.Length).CopyTo(target); break;
            case ArrowTypeId.Double: From<double>(data, first, target); break;
            case ArrowTypeId.Decimal128: FromDecimals(Values<Int128>(data, first, target.Length), ((Decimal128Type)data.DataType).Scale, target); break;
            case ArrowTypeId.Decimal256: FromWideDecimals(data, first, ((Decimal256Type)data.DataType).Scale, target); break;
            default: throw new NotSupportedException($"values of the Arrow type '{data.DataType.Name}' cannot be packed into a tensor");
        }
    }

    /// <summary>Whether a slot holds a number that is finite.</summary>
    public static bool IsFinite(ArrayData data, int row) => data.DataType.TypeId switch
    {
        ArrowTypeId.HalfFloat => Half.IsFinite(Values<Half>(data, row, 1)[0]),
        ArrowTypeId.Float => float.IsFinite(Values<float>(data, row, 1)[0]),
        ArrowTypeId.Double => double.IsFinite(Values<double>(data, row, 1)[0]),
        _ => true,
    };

    private static ReadOnlySpan<T> Values<T>(ArrayData data, int first, int count)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span).Slice(data.Offset + first, count);

    private static void From<T>(ArrayData data, int first, Span<float> target)
        where T : unmanaged, INumberBase<T> => TensorPrimitives.ConvertTruncating(Values<T>(data, first, target.Length), target);

    private static void FromBits(ReadOnlySpan<byte> bits, int first, Span<float> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (bits[(first + i) >> 3] >> ((first + i) & 7)) & 1;
        }
    }

    private static void FromDecimals(ReadOnlySpan<Int128> values, int scale, Span<float> target)
    {
        var divisor = Math.Pow(10, scale);
        for (var i = 0; i < target.Length; i++)
        {
            // Most digits fit 64 bits, whose conversion is one instruction.
            var digits = (long)values[i] == values[i] ? (long)values[i] : (double)values[i];
            target[i] = (float)(digits / divisor);
        }
    }

    private static void FromWideDecimals(ArrayData data, int first, int scale, Span<float> target)
    {
        const int Width = 32;
        var divisor = Math.Pow(10, scale);
        for (var i = 0; i < target.Length; i++)
        {
            var digits = new BigInteger(data.Buffers[1].Span.Slice((data.Offset + first + i) * Width, Width));
            target[i] = (float)((double)digits / divisor);
        }
    }
}
