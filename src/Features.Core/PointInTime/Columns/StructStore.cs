using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Core.PointInTime.Columns;

/// <summary>Structs, over a store for each of their fields.</summary>
internal sealed class StructStore : ValueStore
{
    private readonly Chunked<byte> structs = new();
    private readonly IReadOnlyList<ValueStore> fields;

    private StructStore(StructType type, IReadOnlyList<ValueStore> fields)
        : base(type) => this.fields = fields;

    public override int Count => structs.Count;

    public override long Bytes => structs.Bytes + fields.Sum(f => f.Bytes);

    public static StructStore? TryCreate(StructType type)
    {
        var fields = type.Fields.Select(f => TryCreate(f.DataType)).ToList();
        return fields.Contains(null) ? null : new StructStore(type, [.. fields.OfType<ValueStore>()]);
    }

    public override bool IsNull(int row) => structs.IsNull(row);

    public override void Append(IArrowArray array, ReadOnlySpan<int> rows)
    {
        var moved = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            moved[i] = rows[i] + array.Data.Offset;
            if (array.IsNull(rows[i]))
            {
                structs.AddNull();
            }
            else
            {
                structs.Add(1);
            }
        }

        for (var f = 0; f < fields.Count; f++)
        {
            fields[f].Append(ArrowArrayFactory.BuildArray(array.Data.Children[f]), moved);
        }
    }

    public override ArrayData TakeData(ReadOnlySpan<int> rows)
    {
        var children = new ArrayData[fields.Count];
        for (var f = 0; f < fields.Count; f++)
        {
            children[f] = fields[f].TakeData(rows);
        }

        return new ArrayData(Type, rows.Length, Nulls(rows, out var validity), 0, [validity], children);
    }

    public override void Clear()
    {
        structs.Clear();
        foreach (var field in fields)
        {
            field.Clear();
        }
    }

    private int Nulls(ReadOnlySpan<int> rows, out ArrowBuffer validity)
    {
        validity = Validity(rows, out var nulls);
        return nulls;
    }
}
