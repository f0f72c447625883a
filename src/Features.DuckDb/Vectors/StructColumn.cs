using Apache.Arrow;
using Apache.Arrow.Types;
using DuckDB.NET.Native;

namespace Features.DuckDb.Vectors;

/// <summary>Structs: one child a field, as long as the struct itself.</summary>
internal sealed unsafe class StructColumn(IArrowType type, IReadOnlyList<VectorColumn> children) : VectorColumn(type)
{
    protected override void AppendValues(nint vector, ulong* mask, int start, int count)
    {
        for (var i = 0; i < children.Count; i++)
        {
            children[i].Append(NativeMethods.Vectors.DuckDBStructVectorGetChild(vector, i), start, count);
        }
    }

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity) =>
        new(Type, length, nullCount, 0, [validity], children.Select(c => c.Take()).ToArray());
}
