namespace Features.Flight.Client.Hpack;

/// <summary>
/// The string code of RFC 7541, appendix B. It is canonical: codes of one length are consecutive in the order of their symbols, so that
/// the lengths alone say all of it.
/// </summary>
internal static class HuffmanCode
{
    private const int EndOfString = 256;
    private const int LongestBits = 30;

    private static readonly int[] FirstCode = new int[LongestBits + 2];
    private static readonly int[] FirstIndex = new int[LongestBits + 2];
    private static readonly short[] Symbols = new short[EndOfString + 1];

    static HuffmanCode()
    {
        var (code, index) = (0, 0);
        for (var bits = 1; bits <= LongestBits + 1; bits++)
        {
            (FirstCode[bits], FirstIndex[bits]) = (code, index);
            for (short symbol = 0; symbol <= EndOfString; symbol++)
            {
                if (BitLengths[symbol] == bits)
                {
                    Symbols[index++] = symbol;
                    code++;
                }
            }

            code <<= 1;
        }
    }

    /// <summary>Bits of each symbol's code, the end of string last.</summary>
    internal static ReadOnlySpan<byte> BitLengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>Decodes a string; its octets are returned as characters, as header values are.</summary>
    /// <exception cref="HpackException">The end of string stands in it, or its padding is none.</exception>
    public static string Decode(ReadOnlySpan<byte> encoded)
    {
        // The shortest code has 5 bits.
        var decoded = new char[encoded.Length * 8 / 5];
        var (length, code, bits) = (0, 0, 0);
        foreach (var octet in encoded)
        {
            for (var shift = 7; shift >= 0; shift--)
            {
                code = (code << 1) | ((octet >> shift) & 1);
                bits++;
                var index = FirstIndex[bits] + code - FirstCode[bits];
                if (index >= FirstIndex[bits + 1])
                {
                    continue;
                }

                if (Symbols[index] == EndOfString)
                {
                    throw new HpackException("a header's string has the end of string inside (RFC 7541, section 5.2)");
                }

                decoded[length++] = (char)Symbols[index];
                (code, bits) = (0, 0);
            }
        }

        // What is left over must be the beginning of the end of string, which is ones, and less than an octet.
        return bits < 8 && code == (1 << bits) - 1
            ? new string(decoded, 0, length)
            : throw new HpackException("a header's string has padding that is none (RFC 7541, section 5.2)");
    }
}
