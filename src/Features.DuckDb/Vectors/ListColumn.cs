using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using DuckDB.NET.Native;

namespace Features.DuckDb.Vectors;

/// <summary>Lists and maps (a map is a list of key and value structs). DuckDB's entries may lie anywhere in the child vector; runs that adjoin are copied together.</summary>
internal sealed unsafe class ListColumn(IArrowType type, VectorColumn child) : VectorColumn(type)
{
    private readonly ColumnBuffer offsets = new();

    protected override void AppendValues(nint vector, ulong* mask, int start, int count)
    {
        var entries = (Entry*)Data(vector) + start;
        var elements = NativeMethods.Vectors.DuckDBListVectorGetChild(vector);
        var ends = MemoryMarshal.Cast<byte, int>(offsets.Extend((count + (Length == 0 ? 1 : 0)) * sizeof(int)));
        if (Length == 0)
        {
            ends[0] = 0;
            ends = ends[1..];
        }

        var end = child.Length;
        var (runStart, runLength) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            if (ValidityBuffer.IsValid(mask, start + i) && entries[i].Length > 0)
            {
                var (offset, length) = ((int)entries[i].Offset, (int)entries[i].Length);
                if (offset != runStart + runLength)
                {
                    Flush(elements, runStart, runLength);
                    (runStart, runLength) = (offset, 0);
                }

                runLength += length;
                end += length;
            }

            ends[i] = end;
        }

        Flush(elements, runStart, runLength);
    }

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity)
    {
        if (length == 0)
        {
            offsets.Extend(sizeof(int)).Clear();
        }

        return new(Type, length, nullCount, 0, [validity, offsets.Take()], [child.Take()]);
    }

    private void Flush(nint elements, int start, int count)
    {
        if (count > 0)
        {
            child.Append(elements, start, count);
        }
    }

    private readonly record struct Entry(ulong Offset, ulong Length);
}
