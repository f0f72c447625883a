using System.Buffers.Binary;
using System.Text;

namespace Features.Flight.Client.Messages;

/// <summary>A table of a flatbuffer that a peer sent: nothing is read outside of its bytes, whatever they say.</summary>
internal readonly ref struct FlatTable
{
    private readonly ReadOnlySpan<byte> bytes;
    private readonly int start;
    private readonly int vtable;
    private readonly int vtableBytes;

    private FlatTable(ReadOnlySpan<byte> bytes, int start)
    {
        this.bytes = bytes;
        this.start = start;
        vtable = Checked((long)start - BinaryPrimitives.ReadInt32LittleEndian(At(start, 4)));
        vtableBytes = BinaryPrimitives.ReadUInt16LittleEndian(At(vtable, 2));
    }

    /// <summary>The table with which a flatbuffer begins.</summary>
    /// <exception cref="InvalidDataException">It lies outside of the bytes.</exception>
    public static FlatTable Root(ReadOnlySpan<byte> bytes) => bytes.Length >= 4 ? new(bytes, Checked(BinaryPrimitives.ReadUInt32LittleEndian(bytes))) : throw Malformed();

    public byte Byte(int slot, byte fallback = 0) => Field(slot) is var at and not 0 ? At(at, 1)[0] : fallback;

    public bool Flag(int slot) => Byte(slot) != 0;

    public short Short(int slot, short fallback = 0) => Field(slot) is var at and not 0 ? BinaryPrimitives.ReadInt16LittleEndian(At(at, 2)) : fallback;

    public int Int(int slot, int fallback = 0) => Field(slot) is var at and not 0 ? BinaryPrimitives.ReadInt32LittleEndian(At(at, 4)) : fallback;

    public long Long(int slot, long fallback = 0) => Field(slot) is var at and not 0 ? BinaryPrimitives.ReadInt64LittleEndian(At(at, 8)) : fallback;

    public bool Has(int slot) => Field(slot) != 0;

    public FlatTable Table(int slot) => Field(slot) is var at and not 0 ? new(bytes, Follow(at)) : throw Malformed();

    /// <summary>The bytes of a vector of structs or scalars; empty if it is absent.</summary>
    public ReadOnlySpan<byte> Vector(int slot, int elementBytes)
    {
        if (Field(slot) is not (var at and not 0))
        {
            return default;
        }

        var from = Follow(at);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(At(from, 4));
        return At(from + 4, Checked((long)count * elementBytes));
    }

    /// <summary>How many tables a vector holds; 0 if it is absent.</summary>
    public int Count(int slot) => Vector(slot, 4).Length / 4;

    /// <summary>A table of a vector of tables.</summary>
    public FlatTable Table(int slot, int index)
    {
        var first = Follow(Field(slot)) + 4;
        _ = Vector(slot, 4);
        return new(bytes, Follow(first + (index * 4)));
    }

    public string Text(int slot) => Encoding.UTF8.GetString(Vector(slot, 1));

    private static InvalidDataException Malformed() => new("an Arrow message's header is malformed or cut off");

    private static int Checked(long position) => position is >= 0 and <= int.MaxValue ? (int)position : throw Malformed();

    private int Field(int slot)
    {
        var entry = 4 + (slot * 2);
        if (entry + 2 > vtableBytes)
        {
            return 0;
        }

        var offset = BinaryPrimitives.ReadUInt16LittleEndian(At(vtable + entry, 2));
        return offset == 0 ? 0 : start + offset;
    }

    private int Follow(int at) => Checked((long)at + BinaryPrimitives.ReadUInt32LittleEndian(At(at, 4)));

    private ReadOnlySpan<byte> At(int at, int count) => at >= 0 && count <= bytes.Length && at <= bytes.Length - count ? bytes.Slice(at, count) : throw Malformed();
}
