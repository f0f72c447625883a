using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow.Types;
using Features.Core.Online;
using Features.Server.Online.Json;

namespace Features.Server.Online.Frames;

/// <summary>
/// One JSON value as the bytes of an Arrow cell. Whole numbers may be written as fractions (<c>3.0</c>), as pandas does where a column has nulls; NaN and infinities as texts; times as ISO 8601 or, as Feast's clients do,
/// as whole seconds since 1970.
/// </summary>
internal static class FrameCell
{
    private const int MostShown = 60;
    private const int MostDigits = 38;
    private const long MicrosPerSecond = 1_000_000;
    private const long MostSeconds = long.MaxValue / MicrosPerSecond;
    private static readonly SearchValues<char> Plain = SearchValues.Create("0123456789.");

    /// <summary>Writes a value; says what is wrong with it, or null.</summary>
    public delegate string? Write(in FeatureValue value, Span<byte> bytes);

    public static string? Int(in FeatureValue value, Span<byte> bytes) => Whole(in value) switch
    {
        null => $"{Shown(value)} is no integer",
        < int.MinValue or > int.MaxValue => $"{Shown(value)} is beyond 32 bits",
        { } integer => Put((int)integer, bytes),
    };

    public static string? Long(in FeatureValue value, Span<byte> bytes) => Whole(in value) is { } integer ? Put(integer, bytes) : $"{Shown(value)} is no integer of 64 bits";

    public static string? Float(in FeatureValue value, Span<byte> bytes) => Real(in value) switch
    {
        null => $"{Shown(value)} is no number",
        { } number when double.IsFinite(number) && !float.IsFinite((float)number) => $"{Shown(value)} is beyond 32 bits",
        { } number => Put((float)number, bytes),
    };

    public static string? Double(in FeatureValue value, Span<byte> bytes) => Real(in value) is { } number ? Put(number, bytes) : $"{Shown(value)} is no number";

    public static string? Date(in FeatureValue value, Span<byte> bytes) =>
        value.Kind == FeatureValueKind.Text && IsoTime.TryParse(value.AsText()) is { } time && time.TimeOfDay == TimeSpan.Zero
            ? Put(DateOnly.FromDateTime(time.DateTime).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber, bytes)
            : $"{Shown(value)} is no date; write it as 2026-01-31";

    public static string? Time(in FeatureValue value, Span<byte> bytes) =>
        value.Kind == FeatureValueKind.Text && TimeOnly.TryParseExact(value.AsText(), ["HH:mm:ss.FFFFFFF", "HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? Put(time.Ticks / TimeSpan.TicksPerMicrosecond, bytes)
            : $"{Shown(value)} is no time of day; write it as 08:30:00";

    public static string? Timestamp(in FeatureValue value, Span<byte> bytes) => value.Kind switch
    {
        FeatureValueKind.Text when IsoTime.TryParse(value.AsText()) is { } time => Put((time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, bytes),
        FeatureValueKind.Integer when value.AsInteger() is >= -MostSeconds and <= MostSeconds => Put(value.AsInteger() * MicrosPerSecond, bytes),
        _ => $"{Shown(value)} is no time; write it as 2026-01-31T08:30:00Z, or as whole seconds since 1970",
    };

    public static string? Uuid(in FeatureValue value, Span<byte> bytes) =>
        value.Kind == FeatureValueKind.Text && Guid.TryParse(value.AsText(), out var id) && id.TryWriteBytes(bytes, bigEndian: true, out _) ? null : $"{Shown(value)} is no UUID";

    public static string? Bytes(in FeatureValue value, Span<byte> bytes)
    {
        if (Base64(in value) is not { } given || given.Length != bytes.Length)
        {
            return $"{Shown(value)} is no base64 text of {bytes.Length} bytes";
        }

        given.CopyTo(bytes);
        return null;
    }

    public static string? Decimal(in FeatureValue value, Span<byte> bytes, Decimal128Type type)
    {
        if (Digits(in value) is not { } text)
        {
            return $"{Shown(value)} is no decimal number";
        }

        var (whole, fraction) = text.Split('.') is [var w, var f] ? (w, f.TrimEnd('0')) : (text, "");
        return fraction.Length > type.Scale ? $"{Shown(value)} has more than {type.Scale} digits behind the point"
            : whole.TrimStart('-', '0').Length > type.Precision - type.Scale ? $"{Shown(value)} has more than {type.Precision - type.Scale} digits before the point"
            : Put(Int128.Parse(whole + fraction.PadRight(type.Scale, '0'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), bytes);
    }

    /// <summary>The bytes that a text says in base64; null if it says none.</summary>
    public static byte[]? Base64(in FeatureValue value)
    {
        if (value.Kind != FeatureValueKind.Text)
        {
            return null;
        }

        var bytes = new byte[value.AsText().Length];
        return Convert.TryFromBase64String(value.AsText(), bytes, out var written) ? bytes[..written] : null;
    }

    /// <summary>A value as a message shows it, cut where it is long.</summary>
    public static string Shown(FeatureValue value)
    {
        var text = value.ToString();
        text = text.Length <= MostShown ? text : $"{text[..MostShown]}…";
        return value.Kind == FeatureValueKind.Text ? $"'{text}'" : text;
    }

    private static long? Whole(in FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Integer => value.AsInteger(),
        // Doubles below 2^53 say whole numbers exactly.
        FeatureValueKind.Float when value.AsFloat() is var number && Math.Abs(number) < 1L << 53 && double.IsInteger(number) => (long)number,
        _ => null,
    };

    private static double? Real(in FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Integer => value.AsInteger(),
        FeatureValueKind.Float => value.AsFloat(),
        FeatureValueKind.Decimal => double.Parse(value.ToString(), CultureInfo.InvariantCulture),
        FeatureValueKind.Text when value.AsText() is "NaN" or "Infinity" or "-Infinity" => double.Parse(value.AsText(), CultureInfo.InvariantCulture),
        _ => null,
    };

    // A plain decimal number: a sign, digits, and perhaps a point and digits.
    private static string? Digits(in FeatureValue value)
    {
        var text = value.Kind switch
        {
            FeatureValueKind.Integer or FeatureValueKind.Decimal => value.ToString(),
            // The shortest text of a double has an exponent where it is very large or small; that is no plain number.
            FeatureValueKind.Float => value.AsFloat().ToString("R", CultureInfo.InvariantCulture),
            FeatureValueKind.Text => value.AsText(),
            _ => null,
        };
        var digits = text?.StartsWith('-') == true ? text.AsSpan(1) : text;
        return digits.Length is > 0 and <= MostDigits + 1 && char.IsAsciiDigit(digits[0]) && char.IsAsciiDigit(digits[^1]) && digits.Count('.') <= 1 && !digits.ContainsAnyExcept(Plain) ? text : null;
    }

    private static string? Put<T>(T value, Span<byte> bytes)
        where T : unmanaged, INumber<T>
    {
        MemoryMarshal.Write(bytes, in value);
        return null;
    }
}
