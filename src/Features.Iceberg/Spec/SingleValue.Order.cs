using System.Globalization;
using System.Numerics;
using System.Text;

namespace Features.Iceberg.Spec;

public static partial class SingleValue
{
    private const int HighestCodePoint = 0x10FFFF;

    /// <summary>Orders two values of a type: -0 before +0, NaN last, strings by code point, bytes unsigned.</summary>
    public static int Compare(object left, object right, PrimitiveType type) => (left, right) switch
    {
        (bool a, bool b) => a.CompareTo(b),
        (int a, int b) => a.CompareTo(b),
        (long a, long b) => a.CompareTo(b),
        (float a, float b) => CompareFloating(a, b),
        (double a, double b) => CompareFloating(a, b),
        (BigInteger a, BigInteger b) => a.CompareTo(b),
        (string a, string b) => CompareCodePoints(a, b),
        (Guid a, Guid b) => a.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(b.ToByteArray(bigEndian: true)),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        _ => throw new FormatException($"{left.GetType().Name} and {right.GetType().Name} cannot be compared as {SchemaJson.NameOf(type)}"),
    };

    /// <summary>The longest value that is not above the given one and has at most <paramref name="width"/> code points (strings) or bytes (binary, fixed); other types are returned as they are.</summary>
    public static object TruncateLower(object value, PrimitiveType type, int width = 16) => (type.Kind, value) switch
    {
        (PrimitiveKind.String, string s) => FirstCodePoints(s, width),
        (PrimitiveKind.Binary, byte[] b) => b.Length <= width ? b : b[..width],
        _ => value,
    };

    /// <summary>A value not below the given one with at most <paramref name="width"/> code points or bytes; null if there is none. Other types are returned as they are.</summary>
    public static object? TruncateUpper(object value, PrimitiveType type, int width = 16) => (type.Kind, value) switch
    {
        (PrimitiveKind.String, string s) => FirstCodePoints(s, width) is { } kept && kept.Length == s.Length ? s : NextAbove(FirstCodePoints(s, width)),
        (PrimitiveKind.Binary, byte[] b) => b.Length <= width ? b : NextAbove(b.AsSpan(0, width)),
        _ => value,
    };

    /// <summary>The first <paramref name="count"/> code points.</summary>
    internal static string FirstCodePoints(string text, int count)
    {
        var end = 0;
        for (var taken = 0; taken < count && end < text.Length; taken++)
        {
            end += char.IsHighSurrogate(text[end]) && end + 1 < text.Length && char.IsLowSurrogate(text[end + 1]) ? 2 : 1;
        }

        return end == text.Length ? text : text[..end];
    }

    // IEEE 754 total order, but every NaN is the same and the greatest.
    private static int CompareFloating<T>(T left, T right)
        where T : IFloatingPointIeee754<T>
    {
        if (T.IsNaN(left) || T.IsNaN(right))
        {
            return T.IsNaN(left).CompareTo(T.IsNaN(right));
        }

        return left == right && T.IsZero(left) ? T.IsNegative(right).CompareTo(T.IsNegative(left)) : left.CompareTo(right);
    }

    // UTF-16 order differs from code point order only in that surrogates stand before U+E000..U+FFFF.
    private static int CompareCodePoints(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        var (a, b) = (left[common], right[common]);
        return char.IsSurrogate(a) != char.IsSurrogate(b) ? char.IsSurrogate(a).CompareTo(char.IsSurrogate(b)) : a.CompareTo(b);
    }

    private static string? NextAbove(string text)
    {
        var runes = text.EnumerateRunes().Select(r => r.Value).ToArray();
        for (var last = runes.Length - 1; last >= 0; last--)
        {
            if (runes[last] < HighestCodePoint)
            {
                var next = runes[last] == 0xD7FF ? 0xE000 : runes[last] + 1;
                return string.Create(CultureInfo.InvariantCulture, $"{string.Concat(runes.Take(last).Select(char.ConvertFromUtf32))}{new Rune(next)}");
            }
        }

        return null;
    }

    private static byte[]? NextAbove(ReadOnlySpan<byte> bytes)
    {
        var last = bytes.LastIndexOfAnyExcept((byte)0xFF);
        if (last < 0)
        {
            return null;
        }

        var next = bytes[..(last + 1)].ToArray();
        next[last]++;
        return next;
    }
}
