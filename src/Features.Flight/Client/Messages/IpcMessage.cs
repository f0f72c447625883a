using System.Buffers.Binary;

namespace Features.Flight.Client.Messages;

/// <summary>The flatbuffer of an IPC message (Arrow's format, Message.fbs).</summary>
internal readonly ref struct IpcMessage
{
    private const short LeastVersion = 3;

    private readonly FlatTable table;

    private IpcMessage(FlatTable table) => this.table = table;

    /// <summary>What the message carries; <see cref="IpcContent.None"/> for what this client has no name for.</summary>
    public IpcContent Content => table.Byte(1) is var content && Enum.IsDefined((IpcContent)content) ? (IpcContent)content : IpcContent.None;

    public FlatTable Header => table.Table(2);

    public long BodyBytes => table.Long(3);

    /// <exception cref="InvalidDataException">It is malformed, or of a version of the format before 4.</exception>
    public static IpcMessage Read(ReadOnlySpan<byte> header)
    {
        var table = FlatTable.Root(header);
        return table.Short(0) >= LeastVersion ? new IpcMessage(table) : throw new InvalidDataException($"the server sends Arrow's format in its version {table.Short(0) + 1}; from 4 on it can be read");
    }

    /// <summary>The header of a message that stands alone with its length before it, as FlightInfo carries its schema.</summary>
    public static ReadOnlySpan<byte> Unwrap(ReadOnlySpan<byte> encapsulated)
    {
        // The continuation marker came with version 5 of the format.
        if (encapsulated.Length >= 4 && BinaryPrimitives.ReadInt32LittleEndian(encapsulated) == -1)
        {
            encapsulated = encapsulated[4..];
        }

        return encapsulated.Length >= 4 && BinaryPrimitives.ReadInt32LittleEndian(encapsulated) is var length && length >= 0 && length <= encapsulated.Length - 4
            ? encapsulated.Slice(4, length)
            : throw new InvalidDataException("the schema is no Arrow message, or cut off");
    }
}
