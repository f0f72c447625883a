using Apache.Arrow;
using Apache.Arrow.Types;
using DuckDB.NET.Native;

namespace Features.DuckDb.Vectors;

/// <summary>Gathers the values of one column from DuckDB vectors into Arrow buffers, ranges of rows at a time. Children of nested columns are such columns themselves.</summary>
internal abstract unsafe class VectorColumn(IArrowType type)
{
    private readonly ValidityBuffer validity = new();

    protected IArrowType Type { get; } = type;

    /// <summary>Rows gathered since the last <see cref="Take"/>.</summary>
    internal int Length => validity.Length;

    /// <summary>Appends <paramref name="count"/> rows of a flat vector, from row <paramref name="start"/>.</summary>
    internal void Append(nint vector, int start, int count)
    {
        var mask = NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
        AppendValues(vector, mask, start, count);
        validity.Append(mask, start, count);
    }

    /// <summary>Hands the gathered rows on as an Arrow column and starts anew.</summary>
    internal ArrayData Take()
    {
        var (length, nulls) = (validity.Length, validity.NullCount);
        return Build(length, nulls, validity.Take());
    }

    /// <summary>Appends the values; null rows still take their slot. <see cref="Length"/> is the number of rows before them.</summary>
    protected abstract void AppendValues(nint vector, ulong* mask, int start, int count);

    protected abstract ArrayData Build(int length, int nullCount, ArrowBuffer validity);

    protected static byte* Data(nint vector) => (byte*)NativeMethods.Vectors.DuckDBVectorGetData(vector);
}
