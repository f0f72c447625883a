using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Features.Server.Online.Json;

/// <summary>
/// JSON as it is written, in one rented array that can be read while it grows: what was written once can be repeated without being written anew, which <see cref="Utf8JsonWriter"/> does not offer.
/// The structure is the caller's. Dispose it to give the array back.
/// </summary>
internal sealed class JsonBytes(int capacity) : IDisposable
{
    private const int LongestScalar = 64;
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until more is, or this is disposed.</summary>
    public ReadOnlyMemory<byte> Written => buffer.AsMemory(0, Length);

    /// <summary>Appends bytes that are JSON already.</summary>
    public void Raw(ReadOnlySpan<byte> json)
    {
        json.CopyTo(Room(json.Length));
        Length += json.Length;
    }

    /// <summary>Appends once more what was written between two lengths.</summary>
    public void Repeat(int from, int until)
    {
        var room = Room(until - from);
        buffer.AsSpan(from, until - from).CopyTo(room);
        Length += until - from;
    }

    /// <summary>Appends an integer.</summary>
    public void Integer(long value)
    {
        Utf8Formatter.TryFormat(value, Room(LongestScalar), out var written);
        Length += written;
    }

    /// <summary>Appends a number of any type that formats itself, in the invariant culture.</summary>
    public void Scalar<T>(T value, ReadOnlySpan<char> format = default)
        where T : IUtf8SpanFormattable
    {
        value.TryFormat(Room(LongestScalar), out var written, format, System.Globalization.CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>Appends a finite number so that it reads back as the same double, with a fraction or an exponent to tell it from an integer; null for others, which JSON has not.</summary>
    public void Float(double value)
    {
        if (!double.IsFinite(value))
        {
            Raw("null"u8);
            return;
        }

        var room = Room(LongestScalar);
        value.TryFormat(room, out var written, "R", System.Globalization.CultureInfo.InvariantCulture);
        Length += written;
        if (room[..written].IndexOfAny((byte)'.', (byte)'E') < 0)
        {
            Raw(".0"u8);
        }
    }

    /// <summary>Appends a text in quotes.</summary>
    public void Text(string value)
    {
        var room = Room(Encoding.UTF8.GetMaxByteCount(value.Length) + 2);
        var written = Encoding.UTF8.GetBytes(value, room[1..]);
        if (Encoder.FindFirstCharacterToEncodeUtf8(room.Slice(1, written)) >= 0)
        {
            Raw(Encoding.UTF8.GetBytes($"\"{Encoder.Encode(value)}\""));
            return;
        }

        room[0] = room[written + 1] = (byte)'"';
        Length += written + 2;
    }

    /// <summary>Appends bytes as base64 in quotes.</summary>
    public void Base64(ReadOnlySpan<byte> value)
    {
        var room = Room(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(value.Length) + 2);
        room[0] = (byte)'"';
        System.Buffers.Text.Base64.EncodeToUtf8(value, room[1..], out _, out var written);
        room[written + 1] = (byte)'"';
        Length += written + 2;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private Span<byte> Room(int bytes)
    {
        if (buffer.Length - Length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, Length + bytes));
            buffer.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        return buffer.AsSpan(Length);
    }
}
