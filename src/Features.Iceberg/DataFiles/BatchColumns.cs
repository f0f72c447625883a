using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.Spec;
using ListType = Apache.Arrow.Types.ListType;
using MapType = Apache.Arrow.Types.MapType;
using Schema = Features.Iceberg.Spec.Schema;
using StructType = Apache.Arrow.Types.StructType;

namespace Features.Iceberg.DataFiles;

/// <summary>Brings a batch into a schema's columns and refuses one that does not fit.</summary>
internal static class BatchColumns
{
    /// <summary>The batch's columns in the schema's order, found by name; missing optional ones take their write default or null. The arrays stay the given batch's.</summary>
    /// <exception cref="InvalidTableArgumentException">Columns are unknown, required and missing, or of another type; every one is named.</exception>
    public static RecordBatch Arrange(RecordBatch batch, Schema schema)
    {
        var faults = new List<string>();
        var given = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < batch.ColumnCount; i++)
        {
            var name = batch.Schema.GetFieldByIndex(i).Name;
            if (schema.Find(name) is null)
            {
                faults.Add($"column '{name}' is not in the table");
            }
            else if (!given.TryAdd(name, i))
            {
                faults.Add($"column '{name}' is given twice");
            }
        }

        var arrays = new List<IArrowArray>();
        foreach (var field in schema.Fields)
        {
            if (given.TryGetValue(field.Name, out var i))
            {
                arrays.Add(batch.Column(i));
            }
            else if (field.Required && field.WriteDefault is null)
            {
                faults.Add($"column '{field.Name}' is required and missing");
            }
            else
            {
                arrays.Add(ConstantArray.Of(field.Type, field.WriteDefault, batch.Length, field.Name));
            }
        }

        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"the rows do not fit: {string.Join("; ", faults)}; the table's columns are {string.Join(", ", schema.Fields.Select(f => f.Name))}");
        }

        var arranged = new RecordBatch(ArrowSchema.From(schema), arrays, batch.Length);
        RefuseMismatch(arranged, schema);
        return arranged;
    }

    /// <exception cref="InvalidTableArgumentException">The batch does not have the schema's columns in order; every fault is named.</exception>
    public static void RefuseMismatch(RecordBatch batch, Schema schema)
    {
        if (batch.ColumnCount != schema.Fields.Count)
        {
            throw new InvalidTableArgumentException($"the rows have {batch.ColumnCount} columns where the schema has {schema.Fields.Count}: {string.Join(", ", schema.Fields.Select(f => f.Name))}");
        }

        var faults = new List<string>();
        for (var i = 0; i < schema.Fields.Count; i++)
        {
            var wanted = ArrowSchema.FieldOf(schema.Fields[i]).DataType;
            var given = batch.Column(i).Data.DataType;
            if (!Fits(given, wanted))
            {
                faults.Add($"column '{schema.Fields[i].Name}' is {Describe(given)} and must be {Describe(wanted)} ({SchemaJson.NameOf(schema.Fields[i].Type)})");
            }
        }

        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"the rows do not fit: {string.Join("; ", faults)}; cast them first");
        }
    }

    private static bool Fits(IArrowType given, IArrowType wanted) => (given, wanted) switch
    {
        (StructType g, StructType w) => g.Fields.Count == w.Fields.Count && g.Fields.Zip(w.Fields).All(p => p.First.Name == p.Second.Name && Fits(p.First.DataType, p.Second.DataType)),
        (MapType g, MapType w) => Fits(g.KeyField.DataType, w.KeyField.DataType) && Fits(g.ValueField.DataType, w.ValueField.DataType),
        (MapType, _) or (_, MapType) => false,
        (ListType g, ListType w) => Fits(g.ValueField.DataType, w.ValueField.DataType),
        // Any zone holds the same instants.
        (TimestampType g, TimestampType w) => g.Unit == w.Unit && g.Timezone is null == w.Timezone is null,
        (Time64Type g, Time64Type w) => g.Unit == w.Unit,
        (Decimal128Type g, Decimal128Type w) => g.Precision <= w.Precision && g.Scale == w.Scale,
        (FixedSizeBinaryType g, FixedSizeBinaryType w) => g.TypeId == w.TypeId && g.ByteWidth == w.ByteWidth,
        _ => given.TypeId == wanted.TypeId,
    };

    private static string Describe(IArrowType type) => type switch
    {
        TimestampType t => $"timestamp({t.Unit}{(t.Timezone is null ? "" : ", " + t.Timezone)})",
        Time64Type t => $"time64({t.Unit})",
        Decimal128Type d => $"decimal128({d.Precision},{d.Scale})",
        FixedSizeBinaryType f when f.TypeId == ArrowTypeId.FixedSizedBinary => $"fixed_size_binary({f.ByteWidth})",
        StructType s => $"struct<{string.Join(", ", s.Fields.Select(f => $"{f.Name}: {Describe(f.DataType)}"))}>",
        MapType m => $"map<{Describe(m.KeyField.DataType)}, {Describe(m.ValueField.DataType)}>",
        ListType l => $"list<{Describe(l.ValueField.DataType)}>",
        _ => type.Name,
    };
}
