using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Core.Sources;

/// <summary>The columns of a folder: those of all of its files by name, each of the widest type that any of them has.</summary>
internal static class FolderSchema
{
    /// <summary>A file's columns as a table holds them. Nanoseconds become microseconds; <see cref="WholeMicroseconds"/> sees to it that nothing is cut.</summary>
    public static Schema OfFile(Schema file) => new(0, [.. file.Fields.Select(f => f with { Type = f.Type is PrimitiveType { Kind: var kind } ? Stored(kind, f.Type) : f.Type })], []);

    /// <summary>The columns of both.</summary>
    /// <param name="known">The columns so far.</param>
    /// <param name="file">A file's columns.</param>
    /// <param name="location">The file.</param>
    /// <exception cref="SourceException">A column is of types that no type holds both of.</exception>
    public static Schema Merge(Schema known, Schema file, string location)
    {
        var fields = known.Fields.ToList();
        foreach (var field in file.Fields)
        {
            var at = fields.FindIndex(f => f.Name == field.Name);
            if (at < 0)
            {
                fields.Add(field);
            }
            else if (Wider(fields[at].Type, field.Type) is { } type)
            {
                fields[at] = fields[at] with { Type = type };
            }
            else
            {
                throw new SourceException(
                    "source-schema",
                    $"the column '{field.Name}' of '{location}' is {SchemaJson.NameOf(field.Type)}, and {SchemaJson.NameOf(fields[at].Type)} in the files before it; write the file anew with one type, or keep it in another folder");
            }
        }

        return new Schema(0, fields, []);
    }

    /// <summary>What makes a table's schema the merged one; null for nothing to do.</summary>
    public static UpdateSchema? Evolution(Schema table, Schema merged)
    {
        UpdateSchema? update = null;
        foreach (var field in merged.Fields)
        {
            if (table.Fields.FirstOrDefault(f => f.Name == field.Name) is not { } standing)
            {
                update = (update ?? new UpdateSchema()).AddColumn(field.Name, field.Type);
            }
            else if (field.Type is PrimitiveType wider && standing.Type is PrimitiveType narrow && wider != narrow)
            {
                update = (update ?? new UpdateSchema()).WidenColumn(field.Name, wider);
            }
        }

        return update;
    }

    private static IcebergType? Wider(IcebergType known, IcebergType other) => (known, other) switch
    {
        _ when SchemaJson.NameOf(known) == SchemaJson.NameOf(other) => known,
        (PrimitiveType { Kind: PrimitiveKind.Int }, PrimitiveType { Kind: PrimitiveKind.Long }) or (PrimitiveType { Kind: PrimitiveKind.Float }, PrimitiveType { Kind: PrimitiveKind.Double }) => other,
        (PrimitiveType { Kind: PrimitiveKind.Long }, PrimitiveType { Kind: PrimitiveKind.Int }) or (PrimitiveType { Kind: PrimitiveKind.Double }, PrimitiveType { Kind: PrimitiveKind.Float }) => known,
        _ => null,
    };

    private static IcebergType Stored(PrimitiveKind kind, IcebergType type) => kind switch
    {
        PrimitiveKind.TimestampNs => new PrimitiveType(PrimitiveKind.Timestamp),
        PrimitiveKind.TimestampTzNs => new PrimitiveType(PrimitiveKind.TimestampTz),
        _ => type,
    };
}
