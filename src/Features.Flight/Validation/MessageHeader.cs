namespace Features.Flight.Validation;

/// <summary>What an IPC message carries.</summary>
internal enum MessageKind : byte
{
    /// <summary>A schema.</summary>
    Schema = 1,

    /// <summary>The values of a dictionary.</summary>
    DictionaryBatch = 2,

    /// <summary>Rows.</summary>
    RecordBatch = 3,
}

/// <summary>An IPC message's header (Arrow's <c>Message.fbs</c>).</summary>
internal readonly ref struct MessageHeader
{
    // Version 4 differs in unions alone, which are not taken.
    private const short OldestVersion = 3;
    private const short Version = 4;

    private MessageHeader(MessageKind kind, FlatTable content)
    {
        Kind = kind;
        Content = content;
    }

    public MessageKind Kind { get; }

    public FlatTable Content { get; }

    public static MessageHeader Read(ReadOnlySpan<byte> header, long bodyBytes, IpcLimits limits)
    {
        if (header.Length > limits.HeaderBytes)
        {
            throw new IpcFormatException($"a message's header has {header.Length} bytes, and at most {limits.HeaderBytes} are taken; send fewer columns");
        }

        var message = FlatTable.Root(header);
        if (message.Int16(0) is < OldestVersion or > Version)
        {
            throw new IpcFormatException($"the message's metadata version has the number {message.Int16(0)}; send V5");
        }

        var kind = (MessageKind)message.Byte(1);
        if (kind is not (MessageKind.Schema or MessageKind.DictionaryBatch or MessageKind.RecordBatch))
        {
            throw new IpcFormatException($"the message's kind has the number {(byte)kind}; schemas, dictionaries and record batches are taken, and no tensors");
        }

        if (message.Int64(3) is var claimed && (claimed < 0 || claimed > bodyBytes))
        {
            throw new IpcFormatException($"the message's header says that its body has {claimed} bytes, and it has {bodyBytes}");
        }

        return new MessageHeader(kind, message.Table(2, "content"));
    }
}
