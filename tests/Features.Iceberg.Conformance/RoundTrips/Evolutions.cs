using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>Random changes of a table's schema, partitioning, order and properties; the rows follow the schema, and nothing else of them changes.</summary>
internal static class Evolutions
{
    public static async Task SchemaAsync(RoundTripTable table)
    {
        var (random, metadata) = (table.Random, table.Table.Metadata);
        var columns = ModelColumn.Of(metadata.CurrentSchema).Where(c => !c.IsInKey).ToArray();
        var schemas = new RandomSchemas(random);
        var reserved = metadata.PartitionSpecs.SelectMany(s => s.Fields).Select(f => f.Name);
        var column = columns[random.Next(columns.Length)];
        var siblings = column.Siblings ?? [];
        var others = columns.Where(c => c.Siblings is not null && c.Siblings == column.Siblings && c != column).ToArray();
        var other = others.Length == 0 ? null : others[random.Next(others.Length)];
        var change = new UpdateSchema();
        switch (random.Next(8))
        {
            case 0:
                var added = schemas.Name(metadata.CurrentSchema.Fields.Select(f => f.Name).Concat(reserved));
                Say($"add '{added}'");
                change.AddColumn(added, schemas.Type(2));
                break;
            case 1 when StructIn(column.Field.Type) is { } inside:
                var nested = schemas.Name(inside.Fields.Select(f => f.Name));
                Say($"add '{nested}' to '{column.Path}'");
                change.AddColumn(column.Path, nested, schemas.Type(1));
                break;
            case 2 when siblings.Count > 0:
                var name = schemas.Name(siblings.Select(f => f.Name).Concat(reserved));
                Say($"rename '{column.Path}' to '{name}'");
                change.RenameColumn(column.Path, name);
                break;
            case 3 when other is not null && !reserved.Contains(other.Field.Name) && !reserved.Contains(column.Field.Name):
                Say($"swap the names of '{column.Path}' and '{other.Path}'");
                change.RenameColumn(column.Path, other.Field.Name).RenameColumn(other.Path, column.Field.Name);
                break;
            case 4 when siblings.Count > 1 && !IsNeeded(column.Field, metadata):
                Say($"drop '{column.Path}'");
                change.DropColumn(column.Path);
                break;
            case 5 when siblings.Count > 0 && !column.Field.Required && other is not null:
                Say($"move '{column.Path}' beside '{other.Path}'");
                _ = random.Next(3) switch { 0 => change.MoveFirst(column.Path), 1 => change.MoveBefore(column.Path, other.Path), _ => change.MoveAfter(column.Path, other.Path) };
                break;
            case 6 when column.Field.Required:
                Say($"make '{column.Path}' optional");
                change.MakeOptional(column.Path);
                break;
            default:
                if (columns.Select(c => (c.Path, Type: Widened(random, c.Field.Type))).FirstOrDefault(c => c.Type is not null) is not { Type: { } wider } widened)
                {
                    return;
                }

                Say($"widen '{widened.Path}' to {wider}");
                change.WidenColumn(widened.Path, wider);
                break;
        }

        await table.CommitAsync(change);

        void Say(string what) => table.Log(what);
    }

    public static async Task PartitioningAsync(RoundTripTable table)
    {
        var (random, metadata) = (table.Random, table.Table.Metadata);
        var change = new UpdatePartitionSpec();
        var fields = metadata.DefaultSpec.Fields;
        var columns = ModelColumn.Single(metadata.CurrentSchema);
        if (fields.Count > 1 || (fields.Count == 1 && random.Next(2) == 0))
        {
            change.RemoveField(fields[random.Next(fields.Count)].Name);
        }

        if (columns.Count > 0 && random.Next(4) != 0)
        {
            var column = columns[random.Next(columns.Count)];
            var transform = new RandomSchemas(random).Transform((PrimitiveType)column.Field.Type);
            if (fields.All(f => f.SourceId != column.Field.Id))
            {
                change.AddField(column.Path, transform, $"p {metadata.LastPartitionId + 1}");
            }
        }

        await table.CommitAsync(change);
        table.Log($"partition by {RoundTripTable.Text(table.Table.Metadata.DefaultSpec)}");
    }

    public static async Task OrderAsync(RoundTripTable table)
    {
        var change = new ReplaceSortOrder();
        var columns = ModelColumn.Single(table.Table.Metadata.CurrentSchema).Where(_ => table.Random.Next(3) == 0).Take(2).ToList();
        foreach (var column in columns)
        {
            var transform = table.Random.Next(2) == 0 ? null : new RandomSchemas(table.Random).Transform((PrimitiveType)column.Field.Type);
            _ = table.Random.Next(2) == 0 ? change.Ascending(column.Path, transform, table.Random.Next(2) == 0) : change.Descending(column.Path, transform, table.Random.Next(2) == 0);
        }

        table.Log($"sort by {string.Join(", ", columns.Select(c => c.Path))}");
        await table.CommitAsync(change);
    }

    public static async Task PropertiesAsync(RoundTripTable table)
    {
        var next = TableSettings.Next(table.Random, table.Table.Metadata.CurrentSchema);
        table.Log($"set {string.Join(", ", next.Select(p => $"{p.Key}={p.Value}"))}");
        await table.CommitAsync(new SetProperties(table.Table.Metadata.Properties.Keys.Concat(next.Keys).Distinct().ToDictionary(k => k, next.GetValueOrDefault)));
    }

    private static StructType? StructIn(IcebergType type) => type switch
    {
        StructType s => s,
        ListType { Element: StructType s } => s,
        MapType { Value: StructType s } => s,
        _ => null,
    };

    // What the table is partitioned or sorted by stays.
    private static bool IsNeeded(NestedField field, TableMetadata metadata)
    {
        var ids = new Schema(0, [field], []).AllFields().Select(f => f.Id).ToHashSet();
        return metadata.DefaultSpec.Fields.Any(f => f.Transform.Kind != TransformKind.Void && ids.Contains(f.SourceId)) || metadata.DefaultSortOrder.Fields.Any(f => ids.Contains(f.SourceId));
    }

    private static PrimitiveType? Widened(Random random, IcebergType type) => type switch
    {
        PrimitiveType { Kind: PrimitiveKind.Int } => new(PrimitiveKind.Long),
        PrimitiveType { Kind: PrimitiveKind.Float } => new(PrimitiveKind.Double),
        PrimitiveType { Kind: PrimitiveKind.Decimal, Precision: < 38 } p => p with { Precision = random.Next(p.Precision + 1, 39) },
        _ => null,
    };
}
