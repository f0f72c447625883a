using System.Text;

namespace Features.Flight.Client.Hpack;

/// <summary>
/// Encodes header blocks as literals that are never indexed: a call has a handful of short headers, and its token belongs in no table.
/// </summary>
internal sealed class HpackEncoder
{
    private const byte EmptyTable = 0x20;
    private const byte NeverIndexed = 0x10;
    private bool hasEmptiedTable;

    public byte[] Encode(IEnumerable<Header> headers)
    {
        var block = new List<byte>();
        if (!hasEmptiedTable)
        {
            // Valid whatever table the peer allows, and must be said at the first block after it allowed less (RFC 7541, section 4.2).
            block.Add(EmptyTable);
            hasEmptiedTable = true;
        }

        foreach (var (name, value) in headers)
        {
            block.Add(NeverIndexed);
            Append(block, name);
            Append(block, value);
        }

        return [.. block];
    }

    private static void Append(List<byte> block, string text)
    {
        var rest = text.Length - 0x7F;
        if (rest < 0)
        {
            block.Add((byte)text.Length);
        }
        else
        {
            block.Add(0x7F);
            for (; rest >= 0x80; rest >>= 7)
            {
                block.Add((byte)(rest | 0x80));
            }

            block.Add((byte)rest);
        }

        block.AddRange(Encoding.Latin1.GetBytes(text));
    }
}
