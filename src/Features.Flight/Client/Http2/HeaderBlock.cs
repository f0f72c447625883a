using System.Buffers;

namespace Features.Flight.Client.Http2;

/// <summary>A header block that may come in several frames (RFC 9113, section 6.10); nothing else may come between them.</summary>
internal sealed class HeaderBlock
{
    /// <summary>The most that a block may have, encoded, and that its fields may count for, decoded.</summary>
    public const int MaxBytes = 32 << 10;

    // A block of this many frames is an attack: each but the last could carry 16 KiB.
    private const int MaxFrames = 16;

    private readonly ArrayBufferWriter<byte> fragments = new(1024);
    private int frames;

    /// <summary>The stream whose block is open; 0 if none is.</summary>
    public int Stream { get; private set; }

    public bool EndsStream { get; private set; }

    public ReadOnlySpan<byte> Bytes => fragments.WrittenSpan;

    public void Open(int stream, bool endsStream) => (Stream, EndsStream, frames) = (stream, endsStream, 0);

    public void Append(ReadOnlySpan<byte> fragment)
    {
        if (fragments.WrittenCount + fragment.Length > MaxBytes || ++frames > MaxFrames)
        {
            throw new Http2Exception(Http2Error.EnhanceYourCalm, $"the server sends headers of more than {MaxBytes} bytes or {MaxFrames} frames");
        }

        fragments.Write(fragment);
    }

    public void Close()
    {
        Stream = 0;
        fragments.ResetWrittenCount();
    }
}
