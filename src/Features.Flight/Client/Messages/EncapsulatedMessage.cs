using System.Buffers.Binary;
using Apache.Arrow;
using Features.Flight.Validation;

namespace Features.Flight.Client.Messages;

/// <summary>An IPC message that stands alone, with its length before it, as FlightInfo carries its schema.</summary>
internal static class EncapsulatedMessage
{
    /// <exception cref="InvalidDataException">It is no message, or cut off.</exception>
    /// <exception cref="IpcFormatException">It is no schema, or one that is not read.</exception>
    public static Schema SchemaOf(ReadOnlySpan<byte> encapsulated)
    {
        var message = MessageHeader.Read(Header(encapsulated), bodyBytes: 0, IpcLimits.Default);
        return message.Kind == MessageKind.Schema ? new SchemaReader(IpcLimits.Default).Read(message.Content).Schema : throw new InvalidDataException("the message is no schema");
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> encapsulated)
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
