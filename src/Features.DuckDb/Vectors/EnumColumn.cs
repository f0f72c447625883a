using System.Runtime.InteropServices;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Vectors;

/// <summary>DuckDB's ENUM, as the strings that its codes stand for.</summary>
internal sealed unsafe class EnumColumn(IReadOnlyList<string> dictionary, int codeWidth) : VectorColumn(StringType.Default)
{
    private readonly byte[][] words = [.. dictionary.Select(Encoding.UTF8.GetBytes)];
    private readonly ColumnBuffer offsets = new();
    private readonly ColumnBuffer bytes = new();

    protected override void AppendValues(nint vector, ulong* mask, int start, int count)
    {
        var codes = Data(vector) + ((long)start * codeWidth);
        var ends = MemoryMarshal.Cast<byte, int>(offsets.Extend((count + (Length == 0 ? 1 : 0)) * sizeof(int)));
        if (Length == 0)
        {
            ends[0] = 0;
            ends = ends[1..];
        }

        for (var i = 0; i < count; i++)
        {
            if (ValidityBuffer.IsValid(mask, start + i))
            {
                var word = words[codeWidth switch { 1 => codes[i], 2 => ((ushort*)codes)[i], _ => checked((int)((uint*)codes)[i]) }];
                word.CopyTo(bytes.Extend(word.Length));
            }

            ends[i] = bytes.Length;
        }
    }

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity)
    {
        if (length == 0)
        {
            offsets.Extend(sizeof(int)).Clear();
        }

        return new(Type, length, nullCount, 0, [validity, offsets.Take(), bytes.Take()]);
    }
}
