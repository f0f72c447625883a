using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Validation;

/// <summary>Reads a Schema table (Arrow's <c>Schema.fbs</c>), in the limits.</summary>
internal sealed class SchemaReader(IpcLimits limits)
{
    private readonly Dictionary<long, WireColumn> dictionaries = [];
    private int fields;
    private long textBytes;

    public WireSchema Read(FlatTable schema)
    {
        if (schema.Int16(0) != 0)
        {
            throw new IpcFormatException("the schema is big-endian; send little-endian data");
        }

        var columns = ReadFields(schema.Vector(1, sizeof(uint)), "", depth: 1);
        return new WireSchema(new Schema(columns.Select(column => column.Field), Metadata(schema, 2)), columns, dictionaries);
    }

    private WireColumn[] ReadFields(FlatVector vector, string within, int depth)
    {
        // Vectors may be shared, so that a small header could describe fields without number.
        if ((fields += vector.Count) > limits.Fields)
        {
            throw new IpcFormatException($"the schema has more than {limits.Fields} fields, nested ones counted; send fewer columns");
        }

        if (vector.Count > 0 && depth > limits.Depth)
        {
            throw new IpcFormatException(within, $"it is nested more than {limits.Depth} levels deep; flatten it");
        }

        var columns = new WireColumn[vector.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = ReadField(vector.Table(i), within, depth);
        }

        return columns;
    }

    private WireColumn ReadField(FlatTable table, string within, int depth)
    {
        var name = Counted(table.Text(0)) ?? "";
        var path = within.Length == 0 ? name : $"{within}.{name}";
        var children = ReadFields(table.Vector(5, sizeof(uint)), path, depth + 1);
        var values = TypeReader.Read(table.Byte(2), table.Table(3, "type for a field"), children, path);
        var metadata = Metadata(table, 6);
        var isNullable = table.Byte(1) != 0;
        if (!table.Has(4))
        {
            return new WireColumn(path, new Field(name, values, isNullable, metadata), values, null, children);
        }

        var encoding = table.Table(4, "dictionary");
        var type = new DictionaryType(encoding.Has(1) ? TypeReader.Integer(encoding.Table(1, "index type"), path) : Int32Type.Default, values, encoding.Byte(2) != 0);
        var column = new WireColumn(path, new Field(name, type, isNullable, metadata), values, encoding.Int64(0), children);
        if (!dictionaries.TryAdd(encoding.Int64(0), column))
        {
            throw new IpcFormatException(path, $"it shares its dictionary {encoding.Int64(0)} with column '{dictionaries[encoding.Int64(0)].Path}'; give each its own");
        }

        return column;
    }

    private KeyValuePair<string, string>[]? Metadata(FlatTable table, int slot)
    {
        var vector = table.Vector(slot, sizeof(uint));
        if (vector.Count == 0)
        {
            return null;
        }

        if ((fields += vector.Count) > limits.Fields)
        {
            throw new IpcFormatException($"the schema has more than {limits.Fields} fields and metadata entries; send fewer");
        }

        var entries = new KeyValuePair<string, string>[vector.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = vector.Table(i);
            entries[i] = new(Counted(entry.Text(0)) ?? "", Counted(entry.Text(1)) ?? "");
        }

        return entries.Select(entry => entry.Key).Distinct().Count() == entries.Length
            ? entries
            : throw new IpcFormatException("the schema's metadata has a key twice; send each once");
    }

    private string? Counted(string? text)
    {
        textBytes += text?.Length ?? 0;
        return textBytes <= limits.HeaderBytes ? text : throw new IpcFormatException($"the schema's names and metadata are longer than {limits.HeaderBytes} bytes; shorten them");
    }
}
