using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>
/// Changes the current schema; data files stay as they are, for columns are matched by field id. Calls collect changes, which are applied together: paths name columns of the schema as it was
/// (<c>a.b</c> for a struct's field; <c>a.element</c>, <c>a.key</c>, <c>a.value</c> within lists and maps), so that two columns can swap their names. A schema that stood before is taken again under its id.
/// </summary>
public sealed class UpdateSchema : IAction
{
    private readonly List<Action<SchemaEvolution, Schema>> changes = [];

    /// <summary>Allows what may make rows that stand invalid: required columns, and making a column required. Default false.</summary>
    public bool AllowIncompatible { get; init; }

    /// <summary>Whether paths are matched by case. Default true.</summary>
    public bool CaseSensitive { get; init; } = true;

    /// <summary>Adds an optional column at the end of the table; rows that stand have null. Field ids within its type are assigned afresh.</summary>
    public UpdateSchema AddColumn(string name, IcebergType type, string? doc = null) => AddColumn(null, name, type, doc);

    /// <summary>Adds a column at the end of a struct, or of the struct that a list or map (its values) holds; a null parent is the table itself.</summary>
    /// <param name="parent">The path of the struct, list or map; null for the table.</param>
    /// <param name="name">The column's own name; dots in it are part of it.</param>
    /// <param name="type">The type; ids within it are assigned afresh.</param>
    /// <param name="doc">A description, or null.</param>
    /// <param name="required">True needs <see cref="AllowIncompatible"/>, as rows that stand have no value.</param>
    public UpdateSchema AddColumn(string? parent, string name, IcebergType type, string? doc = null, bool required = false) =>
        Change((e, _) => e.Add(parent, name, type, doc, required));

    /// <summary>Renames a column.</summary>
    public UpdateSchema RenameColumn(string path, string name) => Change((e, _) => e.Rename(path, name));

    /// <summary>Drops a column, which must not be the source of a current partition or sort field, nor an identifier field.</summary>
    public UpdateSchema DropColumn(string path) => Change((e, _) => e.Drop(path));

    /// <summary>Widens a column: int to long, float to double, decimal to more digits of the same scale.</summary>
    public UpdateSchema WidenColumn(string path, PrimitiveType type) => Change((e, _) => e.Widen(path, type));

    /// <summary>Lets a column hold nulls.</summary>
    public UpdateSchema MakeOptional(string path) => Change((e, _) => e.SetRequired(path, required: false));

    /// <summary>Forbids a column nulls; needs <see cref="AllowIncompatible"/>.</summary>
    public UpdateSchema MakeRequired(string path) => Change((e, _) => e.SetRequired(path, required: true));

    /// <summary>Sets a column's description; null removes it.</summary>
    public UpdateSchema SetDoc(string path, string? doc) => Change((e, _) => e.SetDoc(path, doc));

    /// <summary>Moves a column to the front of its struct.</summary>
    public UpdateSchema MoveFirst(string path) => Change((e, _) => e.MoveFirst(path));

    /// <summary>Moves a column before another of the same struct.</summary>
    public UpdateSchema MoveBefore(string path, string other) => Change((e, _) => e.MoveBeside(path, other, isAfter: false));

    /// <summary>Moves a column behind another of the same struct.</summary>
    public UpdateSchema MoveAfter(string path, string other) => Change((e, _) => e.MoveBeside(path, other, isAfter: true));

    /// <summary>Sets the columns that identify a row, each required and of a primitive type other than float and double; none removes them.</summary>
    public UpdateSchema SetIdentifierFields(params IReadOnlyList<string> paths) => Change((e, _) => e.SetIdentifierFields(paths));

    /// <summary>Adds and widens what is needed to hold the rows of another schema, columns matched by name. Its ids do not matter; nothing is dropped.</summary>
    public UpdateSchema UnionByName(Schema other) => Change((e, schema) => SchemaUnion.Add(e, schema, other));

    /// <inheritdoc/>
    /// <exception cref="InvalidTableArgumentException">The changes contradict the schema or each other.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(Apply(metadata));
        }
        catch (InvalidTableArgumentException fault)
        {
            throw new InvalidTableArgumentException($"table '{context.TableName}': {fault.Message}");
        }
    }

    private TableMetadata Apply(TableMetadata metadata)
    {
        var before = metadata.CurrentSchema;
        var evolution = new SchemaEvolution(before, metadata.LastColumnId, CaseSensitive, AllowIncompatible);
        foreach (var change in changes)
        {
            change(evolution, before);
        }

        var after = evolution.Apply();
        if (Same(before, after))
        {
            return metadata;
        }

        var same = metadata.Schemas.FirstOrDefault(s => Same(s, after));
        after = same ?? after with { SchemaId = metadata.Schemas.Max(s => s.SchemaId) + 1 };
        RefuseBrokenSpecs(metadata, after);
        var properties = ColumnProperties.Apply(metadata.Properties, before, after);
        if (properties.TryGetValue(NameMappingEvolution.Property, out var mapping))
        {
            properties = new Dictionary<string, string>(properties) { [NameMappingEvolution.Property] = NameMappingEvolution.Apply(mapping, before, after) };
        }

        return metadata with
        {
            LastColumnId = evolution.LastColumnId,
            Schemas = same is null ? [.. metadata.Schemas, after] : metadata.Schemas,
            CurrentSchemaId = after.SchemaId,
            Properties = properties,
        };
    }

    private static bool Same(Schema left, Schema right) => Text(left) == Text(right);

    private static string Text(Schema schema) => SchemaJson.ToJson(schema with { SchemaId = 0, IdentifierFieldIds = [.. schema.IdentifierFieldIds.Order()] });

    private static void RefuseBrokenSpecs(TableMetadata metadata, Schema after)
    {
        var faults = metadata.DefaultSpec.Fields
            .Where(f => f.Transform.Kind != TransformKind.Void)
            .Select(f => Fault(f.SourceId, f.Transform, $"partition field '{f.Name}'"))
            .Concat(metadata.DefaultSortOrder.Fields.Select((f, i) => Fault(f.SourceId, f.Transform, string.Create(CultureInfo.InvariantCulture, $"sort field {i + 1} ({f.Transform})"))))
            .Concat(metadata.PartitionSpecs.SelectMany(s => s.Fields)
                .Where(f => PartitionSpecRules.HidesColumn(f, after) && !PartitionSpecRules.HidesColumn(f, metadata.CurrentSchema))
                .Select(f => $"column '{f.Name}' would have the name of a partition field, also of one that is in use no more; choose another"))
            .OfType<string>()
            .Distinct()
            .ToList();
        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"the schema cannot be changed like this: {string.Join("; ", faults)}");
        }

        string? Fault(int source, Transform transform, string what)
        {
            if (after.FindNested(source) is not { } field)
            {
                return $"{what} needs the dropped column '{metadata.CurrentSchema.FindNested(source)?.Name}'; change the partitioning or sorting first";
            }

            try
            {
                transform.ResultType(field.Type);
                return null;
            }
            catch (InvalidTableArgumentException error)
            {
                return $"{what}: {error.Message}";
            }
        }
    }

    private UpdateSchema Change(Action<SchemaEvolution, Schema> change)
    {
        changes.Add(change);
        return this;
    }
}
