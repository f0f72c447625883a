using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Features.Flight.Frames;

/// <summary>A schema as a message of Arrow's IPC format.</summary>
internal static class SchemaMessage
{
    // A continuation marker and the header's length, four bytes each.
    private const int PrefixBytes = 8;

    /// <summary>The encapsulated message, as FlightInfo and SchemaResult carry it.</summary>
    public static ReadOnlyMemory<byte> Encode(Schema schema)
    {
        using var stream = new MemoryStream();
        using var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true);
        writer.WriteStart();
        return stream.ToArray();
    }

    /// <summary>The message's header alone, as FlightData carries it.</summary>
    public static ReadOnlyMemory<byte> Header(Schema schema) => Encode(schema)[PrefixBytes..];
}
