namespace Features.Flight.Client.Http2;

/// <summary>The flags of frames (RFC 9113, section 6); an acknowledgement and the end of a stream share a bit.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,
    EndStream = 0x1,
    Acknowledgement = EndStream,
    EndHeaders = 0x4,
    Padded = 0x8,
    Priority = 0x20,
}
