using System.Buffers.Binary;

namespace Features.Flight.Validation;

/// <summary>A vector of a flatbuffer, which lies within it.</summary>
internal readonly ref struct FlatVector(ReadOnlySpan<byte> bytes, int start, int count, int elementBytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public int Count => count;

    /// <summary>The elements, of a vector of bytes or of structures.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.Slice(start, count * elementBytes);

    /// <summary>The 64-bit number at an offset in an element.</summary>
    public long Int64(int index, int offset = 0) => BinaryPrimitives.ReadInt64LittleEndian(Bytes[((index * elementBytes) + offset)..]);

    /// <summary>An element of a vector of tables.</summary>
    public FlatTable Table(int index) => FlatTable.At(bytes, start + (index * elementBytes));
}
