using Features.Flight.Client.Memory;

namespace Features.Flight.Client.Messages;

/// <summary>Where the messages of a Flight stream go.</summary>
internal interface IMessageSink
{
    /// <summary>A message of so many bytes begins, without its prefix.</summary>
    void Begin(int bytes);

    /// <summary>A whole message. The spans end with the call; the block is the sink's. <paramref name="messageBytes"/> counts the prefix.</summary>
    void Message(ReadOnlySpan<byte> header, ReadOnlySpan<byte> metadata, BodyBlock? body, int bodyBytes, int messageBytes);
}
