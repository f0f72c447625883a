using System.Text;

namespace Features.Flight.Client.Hpack;

/// <summary>Decodes the header blocks of one connection, in their order (RFC 7541).</summary>
/// <param name="maxListSize">The most that the fields of one block may count for together (<see cref="Header.Size"/>).</param>
internal sealed class HpackDecoder(int maxListSize)
{
    /// <summary>The table's size before any setting (RFC 9113, section 6.5.2).</summary>
    public const int DefaultTableSize = 4096;

    private readonly HpackDynamicTable table = new(DefaultTableSize);
    private int tableLimit = DefaultTableSize;

    internal HpackDynamicTable Table => table;

    /// <summary>The size of the table that the peer may use from now on: what was advertised to it, once it has said that it knows.</summary>
    public void Limit(int tableSize) => tableLimit = tableSize;

    /// <summary>The fields of one block.</summary>
    /// <exception cref="HpackException">It breaks the format, or counts for more than it may.</exception>
    public List<Header> Decode(ReadOnlySpan<byte> block)
    {
        var headers = new List<Header>();
        var size = 0;
        while (!block.IsEmpty)
        {
            var first = block[0];
            if ((first & 0xE0) == 0x20)
            {
                Resize(Integer(ref block, 5), isFirst: headers.Count == 0);
                continue;
            }

            var header = first switch
            {
                >= 0x80 => Indexed(Integer(ref block, 7)),
                >= 0x40 => Literal(ref block, prefixBits: 6),
                _ => Literal(ref block, prefixBits: 4),
            };
            if ((first & 0xC0) == 0x40)
            {
                table.Add(header);
            }

            size += header.Size;
            headers.Add(size <= maxListSize ? header : throw new HpackException($"the headers count for more than {maxListSize} bytes"));
        }

        return headers;
    }

    private static int Integer(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var most = (1 << prefixBits) - 1;
        long value = Next(ref block) & most;
        if (value == most)
        {
            for (var shift = 0; ; shift += 7)
            {
                var octet = Next(ref block);
                value += (long)(octet & 0x7F) << shift;
                if (shift > 21 || value > int.MaxValue)
                {
                    throw new HpackException("a header's integer is larger than any that has a use here");
                }

                if (octet < 0x80)
                {
                    break;
                }
            }
        }

        return (int)value;
    }

    private static string Text(ref ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
        {
            throw Truncated();
        }

        var isHuffman = block[0] >= 0x80;
        var length = Integer(ref block, 7);
        if (length > block.Length)
        {
            throw Truncated();
        }

        var text = isHuffman ? HuffmanCode.Decode(block[..length]) : Encoding.Latin1.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private static byte Next(ref ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
        {
            throw Truncated();
        }

        var octet = block[0];
        block = block[1..];
        return octet;
    }

    private static HpackException Truncated() => new("a header block is cut off");

    private void Resize(int tableSize, bool isFirst)
    {
        if (!isFirst || tableSize > tableLimit)
        {
            throw new HpackException(isFirst ? $"the peer sets a header table of {tableSize} bytes, and {tableLimit} are allowed" : "a table's size changes inside of a header block (RFC 7541, section 4.2)");
        }

        table.Resize(tableSize);
    }

    private Header Literal(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var index = Integer(ref block, prefixBits);
        var name = index == 0 ? Text(ref block) : Indexed(index).Name;
        return new Header(name, Text(ref block));
    }

    private Header Indexed(int index)
    {
        if (index == 0 || index > HpackStaticTable.Count + table.Count)
        {
            throw new HpackException($"there is no header with the index {index}");
        }

        return index <= HpackStaticTable.Count ? HpackStaticTable.At(index) : table.At(index - HpackStaticTable.Count - 1);
    }
}
