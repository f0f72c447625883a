using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Vectors;

/// <summary>A column without a type, such as <c>SELECT NULL</c>: every row is null.</summary>
internal sealed unsafe class NullColumn() : VectorColumn(NullType.Default)
{
    protected override void AppendValues(nint vector, ulong* mask, int start, int count)
    {
    }

    protected override ArrayData Build(int length, int nullCount, ArrowBuffer validity) => new(Type, length, length, 0, []);
}
