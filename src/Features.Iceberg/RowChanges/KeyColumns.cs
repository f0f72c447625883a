using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.RowChanges;

/// <summary>The columns that say which row is which.</summary>
internal sealed class KeyColumns
{
    private readonly FieldPath[] paths;

    private KeyColumns(Schema schema, FieldPath[] paths)
    {
        this.paths = paths;
        Projection = schema with { Fields = [.. schema.Fields.Where((_, i) => paths.Any(p => p.Indices[0] == i))] };
        WithinProjection = [.. paths.Select(p => FieldPath.Find(Projection.Fields, p.Column.Id)!)];
    }

    /// <summary>The top-level columns that hold the key, and no others.</summary>
    public Schema Projection { get; }

    /// <summary>The ways to the key's columns within batches of the table's columns.</summary>
    public IReadOnlyList<FieldPath> Paths => paths;

    /// <summary>The ways to the key's columns within batches of <see cref="Projection"/>.</summary>
    public IReadOnlyList<FieldPath> WithinProjection { get; }

    /// <summary>The named columns (those within structs as <c>struct.column</c>), or the schema's identifier fields where no names are given.</summary>
    /// <exception cref="InvalidTableArgumentException">A column does not exist or cannot be part of a key, or there is no key; every fault is named.</exception>
    public static KeyColumns Of(Table table, IReadOnlyList<string>? names)
    {
        var schema = table.Metadata.CurrentSchema;
        var faults = new List<string>();
        var paths = new List<FieldPath>();
        foreach (var (path, name) in names is { Count: > 0 }
            ? names.Select(n => (FieldPath.Find(schema.Fields, n), n))
            : schema.IdentifierFieldIds.Select(id => (FieldPath.Find(schema.Fields, id), schema.FindNested(id)?.Name ?? $"field {id}")))
        {
            var fault = path switch
            {
                null => "is not in the table, or lies within a list or map",
                { Column.Type: not PrimitiveType } => "is a struct, list or map",
                { Column.Type: PrimitiveType { Kind: PrimitiveKind.Float or PrimitiveKind.Double } } => "is a floating-point number, of which equality says little",
                { Column.Type: PrimitiveType { Kind: PrimitiveKind.Unknown or PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography } } => "is of a type without equality",
                _ when paths.Any(p => p.Column.Id == path.Column.Id) => "is given twice",
                _ => null,
            };
            if (fault is null)
            {
                paths.Add(path!);
            }
            else
            {
                faults.Add($"'{name}' {fault}");
            }
        }

        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"these cannot be keys of table '{table.Name}': {string.Join("; ", faults)}; its columns are {string.Join(", ", schema.Fields.Select(f => f.Name))}");
        }

        return paths.Count > 0
            ? new KeyColumns(schema, [.. paths])
            : throw new InvalidTableArgumentException($"table '{table.Name}' has no identifier fields that would say which row is which; name the key columns");
    }

    /// <summary>The column's name as filters have it.</summary>
    public static string NameOf(FieldPath path) => string.Join('.', path.Fields.Select(f => f.Name));

    /// <summary>A key's values, for people.</summary>
    public string Describe(RecordBatch batch, int row) =>
        string.Join(", ", paths.Select(p => $"{NameOf(p)} = {(p.At(p.Arrays(batch), row) is { } value ? ValueText.Format(value, (PrimitiveType)p.Column.Type) : "null")}"));

    /// <summary>True if a part of the row's key is null.</summary>
    public bool HasNull(RecordBatch batch, int row) => paths.Any(p => p.Arrays(batch).Any(a => a.IsNull(row)));

    /// <summary>The keys of a batch of the table's columns.</summary>
    public KeyEncoding In(RecordBatch batch) => KeyEncoding.Of(batch, paths);
}
