using Features.Core.Governance;
using Features.Flight.Cache;
using Features.Iceberg;
using Features.Iceberg.Spec;

namespace Features.Server.Serving;

/// <summary>What the columns of a table are for: numbers and truths are features and identifiers are keys, unless a column's tag <c>role</c> says otherwise.</summary>
internal static class TableRoles
{
    private const string Tag = "role";

    public static IReadOnlyDictionary<string, ColumnRole> Of(Table table, Schema schema)
    {
        var tags = TableTags.Read(table.Metadata.Properties).Columns;
        return schema.Fields.ToDictionary(f => f.Name, f => Tagged(tags.GetValueOrDefault(f.Name)) ?? Of(f, schema), StringComparer.Ordinal);
    }

    private static ColumnRole? Tagged(IReadOnlyDictionary<string, string>? tags) =>
        tags?.GetValueOrDefault(Tag) is { } text && Enum.TryParse<ColumnRole>(text, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : null;

    private static ColumnRole Of(NestedField field, Schema schema) =>
        schema.IdentifierFieldIds.Contains(field.Id) ? ColumnRole.Key
        : field.Type is PrimitiveType { Kind: PrimitiveKind.Boolean or PrimitiveKind.Int or PrimitiveKind.Long or PrimitiveKind.Float or PrimitiveKind.Double } ? ColumnRole.Feature
        : ColumnRole.Other;
}
