using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Validation;

/// <summary>Whether decimals have no more digits than their type says.</summary>
internal static class DecimalCheck
{
    public static void Run(string path, ArrayData data)
    {
        switch (data.DataType)
        {
            case Decimal32Type type: Run(path, data, type.Precision, (int)BigInteger.Pow(10, type.Precision)); break;
            case Decimal64Type type: Run(path, data, type.Precision, (long)BigInteger.Pow(10, type.Precision)); break;
            case Decimal128Type type: Run(path, data, type.Precision, (Int128)BigInteger.Pow(10, type.Precision)); break;
            case Decimal256Type type: RunWide(path, data, type.Precision); break;
            default: break;
        }
    }

    private static void Run<T>(string path, ArrayData data, int precision, T bound)
        where T : unmanaged, IBinaryInteger<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span);
        var bits = data.Buffers[0].Span;
        for (var i = 0; i < data.Length; i++)
        {
            if ((values[i] >= bound || values[i] <= -bound) && Bits.IsSet(bits, i))
            {
                throw TooLong(path, i, precision);
            }
        }
    }

    private static void RunWide(string path, ArrayData data, int precision)
    {
        const int Width = 32;
        var values = data.Buffers[1].Span;
        var bits = data.Buffers[0].Span;
        var bound = BigInteger.Pow(10, precision);
        for (var i = 0; i < data.Length; i++)
        {
            var value = values.Slice(i * Width, Width);

            // 18 digits are in each decimal of 256 bits whose upper words only carry its sign.
            var low = BinaryPrimitives.ReadInt64LittleEndian(value);
            if (precision >= 19 && value[sizeof(long)..].IndexOfAnyExcept((byte)(low >> 63)) < 0)
            {
                continue;
            }

            if (BigInteger.Abs(new BigInteger(value)) >= bound && Bits.IsSet(bits, i))
            {
                throw TooLong(path, i, precision);
            }
        }
    }

    private static IpcFormatException TooLong(string path, int row, int precision) => new(path, row, $"its decimal has more than the {precision} digits of its type");
}
