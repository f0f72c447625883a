using System.Buffers;
using System.Text;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>Thrift's compact protocol, as far as Parquet's metadata needs it. Fields of a struct must be written in ascending order of id.</summary>
internal sealed class ThriftWriter
{
    private const int BooleanTrue = 1, BooleanFalse = 2, I16 = 4, I32 = 5, I64 = 6, Binary = 8, List = 9, StructKind = 12;

    private readonly ArrayBufferWriter<byte> buffer = new();
    private readonly Stack<int> outer = new();
    private int lastField;

    public ReadOnlyMemory<byte> Written => buffer.WrittenMemory;

    public void Field(int id, bool value) => Header(id, value ? BooleanTrue : BooleanFalse);

    public void Field(int id, int value)
    {
        Header(id, I32);
        Varint(Zigzag(value));
    }

    public void Field(int id, short value)
    {
        Header(id, I16);
        Varint(Zigzag(value));
    }

    public void Field(int id, long value)
    {
        Header(id, I64);
        Varint(Zigzag(value));
    }

    public void Field(int id, string value) => Field(id, Encoding.UTF8.GetBytes(value));

    public void Field(int id, ReadOnlySpan<byte> value)
    {
        Header(id, Binary);
        Bytes(value);
    }

    public void Struct(int id, Action content)
    {
        Header(id, StructKind);
        Struct(content);
    }

    /// <summary>A struct without a field header: the document itself, or an element of a list.</summary>
    public void Struct(Action content)
    {
        outer.Push(lastField);
        lastField = 0;
        content();
        Byte(0);
        lastField = outer.Pop();
    }

    public void Structs<T>(int id, IReadOnlyCollection<T> items, Action<T> content)
    {
        ListHeader(id, items.Count, StructKind);
        foreach (var item in items)
        {
            Struct(() => content(item));
        }
    }

    public void Ints(int id, IReadOnlyCollection<int> items)
    {
        ListHeader(id, items.Count, I32);
        foreach (var item in items)
        {
            Varint(Zigzag(item));
        }
    }

    public void Strings(int id, IReadOnlyCollection<string> items)
    {
        ListHeader(id, items.Count, Binary);
        foreach (var item in items)
        {
            Bytes(Encoding.UTF8.GetBytes(item));
        }
    }

    private static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private void Header(int id, int type)
    {
        var delta = id - lastField;
        if (delta is > 0 and <= 15)
        {
            Byte((byte)((delta << 4) | type));
        }
        else
        {
            Byte((byte)type);
            Varint(Zigzag(id));
        }

        lastField = id;
    }

    private void ListHeader(int id, int count, int type)
    {
        Header(id, List);
        if (count < 15)
        {
            Byte((byte)((count << 4) | type));
        }
        else
        {
            Byte((byte)(0xF0 | type));
            Varint((ulong)count);
        }
    }

    private void Bytes(ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length);
        buffer.Write(value);
    }

    private void Byte(byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }
}
