using Apache.Arrow;
using Apache.Arrow.Types;
using DuckDB.NET.Native;

namespace Features.DuckDb.Vectors;

/// <summary>DuckDB's ARRAY: lists of one length, null rows too.</summary>
internal sealed unsafe class FixedListColumn(FixedSizeListType type, VectorColumn child) : VectorColumn(type)
{
    protected override void AppendValues(nint vector, ulong* mask, int start, int count) =>
        child.Append(NativeMethods.Vectors.DuckDBArrayVectorGetChild(vector), start * type.ListSize, count * type.ListSize);

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity) => new(Type, length, nullCount, 0, [validity], [child.Take()]);
}
