using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs;

/// <summary>The first metadata of a table: field ids assigned afresh, partition and sort fields following them.</summary>
internal static class NewTableMetadata
{
    public static TableMetadata From(TableCreation creation, string location, long nowMs)
    {
        var ids = new FreshIds(0);
        var schema = new Schema(0, ids.Assign(creation.Schema.Fields), []) { };
        if (ids.Doubled.Any())
        {
            throw new InvalidTableArgumentException($"a table at '{location}' cannot be made: field ids {string.Join(", ", ids.Doubled)} stand twice in the schema");
        }

        schema = schema with { IdentifierFieldIds = [.. creation.Schema.IdentifierFieldIds.Select(ids.NewIdOf)] };
        var faults = new List<string>();
        CheckNames(schema, faults);
        var nextPartitionId = 1000;
        var spec = new PartitionSpec(0, [.. creation.Spec.Fields.Select(f => f with { SourceId = ids.NewIdOf(f.SourceId), FieldId = nextPartitionId++ })]);
        CheckSources(schema, spec.Fields.Select(f => (f.SourceId, $"partition field '{f.Name}'", f.Transform)), faults);
        faults.AddRange(spec.Fields.GroupBy(f => f.Name).Where(g => g.Count() > 1).Select(g => $"two partition fields are named '{g.Key}'"));
        faults.AddRange(spec.Fields
            .Where(f => f.Transform.Kind != TransformKind.Identity && schema.Find(f.Name) is not null)
            .Select(f => $"partition field '{f.Name}' has the name of a column; name it '{f.Name}_{f.Transform.Kind.ToString().ToLowerInvariant()}'"));
        var order = creation.SortOrder.Fields.Count == 0
            ? SortOrder.Unsorted
            : new SortOrder(1, [.. creation.SortOrder.Fields.Select(f => f with { SourceId = ids.NewIdOf(f.SourceId) })]);
        CheckSources(schema, order.Fields.Select(f => (f.SourceId, $"sort field on id {f.SourceId}", f.Transform)), faults);
        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"a table at '{location}' cannot be made: {string.Join("; ", faults)}");
        }

        return new TableMetadata
        {
            FormatVersion = 2,
            TableUuid = Guid.NewGuid(),
            Location = location,
            LastUpdatedMs = nowMs,
            LastColumnId = ids.Last,
            Schemas = [schema],
            CurrentSchemaId = 0,
            PartitionSpecs = [spec],
            DefaultSpecId = 0,
            LastPartitionId = nextPartitionId - 1,
            SortOrders = [order],
            DefaultSortOrderId = order.OrderId,
            Properties = creation.Properties,
        };
    }

    private static void CheckNames(Schema schema, List<string> faults)
    {
        if (schema.Fields.Count == 0)
        {
            faults.Add("it has no columns");
        }

        faults.AddRange(schema.Fields.GroupBy(f => f.Name).Where(g => g.Count() > 1).Select(g => $"two columns are named '{g.Key}'"));
    }

    private static void CheckSources(Schema schema, IEnumerable<(int SourceId, string What, Transform Transform)> fields, List<string> faults)
    {
        foreach (var (sourceId, what, transform) in fields)
        {
            if (schema.FindNested(sourceId) is not { Type: PrimitiveType type })
            {
                faults.Add($"{what} has no primitive source column");
                continue;
            }

            try
            {
                transform.ResultType(type);
            }
            catch (InvalidTableArgumentException error)
            {
                faults.Add($"{what}: {error.Message}");
            }
        }
    }
}
