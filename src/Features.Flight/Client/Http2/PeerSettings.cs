using System.Buffers.Binary;

namespace Features.Flight.Client.Http2;

/// <summary>What the server has set (RFC 9113, section 6.5), as far as a client of one stream cares.</summary>
internal sealed class PeerSettings
{
    private const int EntryBytes = 6;

    public int InitialWindow { get; private set; } = 65_535;

    public int MaxFrameBytes { get; private set; } = 16_384;

    public void Apply(ReadOnlySpan<byte> payload)
    {
        if (payload.Length % EntryBytes != 0)
        {
            throw new Http2Exception(Http2Error.FrameSize, $"the server's settings have {payload.Length} bytes");
        }

        for (; !payload.IsEmpty; payload = payload[EntryBytes..])
        {
            var (key, value) = ((SettingKey)BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
            switch (key)
            {
                case SettingKey.InitialWindowSize:
                    InitialWindow = value <= int.MaxValue ? (int)value : throw new Http2Exception(Http2Error.FlowControl, $"the server sets a window of {value} bytes");
                    break;
                case SettingKey.MaxFrameSize:
                    MaxFrameBytes = value is >= 16_384 and <= 16_777_215 ? (int)value : throw new Http2Exception(Http2Error.Protocol, $"the server sets frames of {value} bytes");
                    break;
                case SettingKey.EnablePush when value > 0:
                    throw new Http2Exception(Http2Error.Protocol, "the server sets push");
                default:
                    break;
            }
        }
    }
}
