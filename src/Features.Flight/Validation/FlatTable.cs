using System.Buffers.Binary;
using System.Text;

namespace Features.Flight.Validation;

/// <summary>
/// A table of a flatbuffer, of which nothing is believed: each offset is checked where it is followed, so that no verification has to come
/// before (https://flatbuffers.dev/internals). Offsets lead forwards only, so that there are no circles.
/// </summary>
internal readonly ref struct FlatTable
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> bytes;
    private readonly int at;
    private readonly int vtable;
    private readonly int vtableBytes;
    private readonly int tableBytes;

    private FlatTable(ReadOnlySpan<byte> bytes, int at)
    {
        this.bytes = bytes;
        this.at = at;
        Require(bytes, at, sizeof(int));
        var start = at - (long)BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
        Require(bytes, start, 2 * sizeof(ushort));
        vtable = (int)start;
        vtableBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[vtable..]);
        tableBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(vtable + sizeof(ushort))..]);
        Require(bytes, start, vtableBytes);
        Require(bytes, at, tableBytes);
    }

    /// <summary>The table that a buffer begins with an offset to.</summary>
    public static FlatTable Root(ReadOnlySpan<byte> bytes) => new(bytes, Follow(bytes, 0));

    public byte Byte(int slot, byte absent = 0) => Find(slot, sizeof(byte)) is var place and > 0 ? bytes[place] : absent;

    public short Int16(int slot, short absent = 0) => Find(slot, sizeof(short)) is var place and > 0 ? BinaryPrimitives.ReadInt16LittleEndian(bytes[place..]) : absent;

    public int Int32(int slot, int absent = 0) => Find(slot, sizeof(int)) is var place and > 0 ? BinaryPrimitives.ReadInt32LittleEndian(bytes[place..]) : absent;

    public long Int64(int slot, long absent = 0) => Find(slot, sizeof(long)) is var place and > 0 ? BinaryPrimitives.ReadInt64LittleEndian(bytes[place..]) : absent;

    public bool Has(int slot) => Find(slot, sizeof(byte)) > 0;

    /// <summary>A table that must be there.</summary>
    /// <param name="slot">Where it stands.</param>
    /// <param name="what">What is missing if it does not.</param>
    public FlatTable Table(int slot, string what) => Find(slot, sizeof(uint)) is var place and > 0
        ? new FlatTable(bytes, Follow(bytes, place))
        : throw new IpcFormatException($"the message's header has no {what}");

    /// <summary>A vector; empty if it is absent.</summary>
    public FlatVector Vector(int slot, int elementBytes)
    {
        if (Find(slot, sizeof(uint)) is not (var place and > 0))
        {
            return default;
        }

        var start = Follow(bytes, place);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[start..]);
        Require(bytes, start + (long)sizeof(uint), count * (long)elementBytes);
        return new FlatVector(bytes, start + sizeof(uint), (int)count, elementBytes);
    }

    /// <summary>A text; null if it is absent.</summary>
    public string? Text(int slot)
    {
        if (!Has(slot))
        {
            return null;
        }

        try
        {
            return Strict.GetString(Vector(slot, 1).Bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new IpcFormatException("a name in the message's header is no UTF-8");
        }
    }

    internal static FlatTable At(ReadOnlySpan<byte> bytes, int reference) => new(bytes, Follow(bytes, reference));

    private static int Follow(ReadOnlySpan<byte> bytes, int reference)
    {
        Require(bytes, reference, sizeof(uint));
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(bytes[reference..]);
        if (offset == 0)
        {
            throw Broken();
        }

        Require(bytes, (long)reference + offset, sizeof(uint));
        return reference + (int)offset;
    }

    private static void Require(ReadOnlySpan<byte> bytes, long start, long length)
    {
        if (start < 0 || length < 0 || start > bytes.Length - length)
        {
            throw Broken();
        }
    }

    private static IpcFormatException Broken() => new("the message's header is no flatbuffer: an offset leads out of it");

    /// <summary>Where a slot's value stands; 0 if it is absent.</summary>
    private int Find(int slot, int size)
    {
        var entry = (slot + 2) * sizeof(ushort);
        if (entry + sizeof(ushort) > vtableBytes)
        {
            return 0;
        }

        var offset = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(vtable + entry)..]);
        return offset == 0 ? 0 : offset + size <= tableBytes ? at + offset : throw Broken();
    }
}
