using System.Globalization;

namespace Features.Iceberg.Spec;

/// <summary>Changes of the partition spec, collected and then applied together ("Partition Evolution", version 2). Every fault is an <see cref="InvalidTableArgumentException"/>.</summary>
internal sealed class PartitionSpecEvolution(TableMetadata metadata, bool caseSensitive)
{
    private readonly SchemaPaths paths = new(metadata.CurrentSchema, caseSensitive);
    private readonly IReadOnlyList<PartitionField> standing = metadata.DefaultSpec.Fields;
    private readonly HashSet<int> removed = [];
    private readonly Dictionary<int, string> renamed = [];
    private readonly List<PartitionField> added = [];

    /// <summary>The last partition field id given out.</summary>
    public int LastFieldId { get; private set; } = metadata.LastPartitionId;

    /// <summary>Adds a field; a null name is made of the column and the transform. A field that a former spec had, of the same source and transform, comes back under its id.</summary>
    public void Add(string column, Transform transform, string? name)
    {
        var source = Source(column, transform);
        if (standing.FirstOrDefault(f => f.SourceId == source.Id && f.Transform == transform) is { } same)
        {
            Refuse(!removed.Contains(same.FieldId), $"partition field '{same.Name}' is {transform} of '{column}' already");
            removed.Remove(same.FieldId);
            if (name is not null && name != same.Name)
            {
                renamed[same.FieldId] = name;
            }

            return;
        }

        Refuse(added.Exists(f => f.SourceId == source.Id && f.Transform == transform), $"{transform} of '{column}' is added twice");
        var former = metadata.PartitionSpecs.SelectMany(s => s.Fields).FirstOrDefault(f => f.SourceId == source.Id && f.Transform == transform && (name is null || f.Name == name));
        added.Add(former ?? new PartitionField(source.Id, ++LastFieldId, name ?? NameOf(column, transform), transform));
    }

    public void Remove(string name)
    {
        Refuse(added.Exists(f => f.Name == name), $"partition field '{name}' is added and removed at once");
        var field = Named(name);
        Refuse(renamed.ContainsKey(field.FieldId), $"partition field '{name}' is renamed and removed at once");
        removed.Add(field.FieldId);
    }

    public void Remove(string column, Transform transform)
    {
        var source = paths.Find(column);
        var field = source is null ? null : standing.FirstOrDefault(f => f.SourceId == source.Id && f.Transform == transform);
        Refuse(field is null, $"the table is not partitioned by {transform} of '{column}'; {Fields()}");
        Remove(field!.Name);
    }

    public void Rename(string name, string newName)
    {
        Refuse(added.Exists(f => f.Name == name), $"partition field '{name}' is added and renamed at once");
        var field = Named(name);
        Refuse(removed.Contains(field.FieldId), $"partition field '{name}' is removed and renamed at once");
        renamed[field.FieldId] = newName;
    }

    /// <summary>The fields with all changes: those that stay, in their order, then the added.</summary>
    public IReadOnlyList<PartitionField> Apply()
    {
        PartitionField[] fields =
        [
            .. standing.Where(f => !removed.Contains(f.FieldId)).Select(f => renamed.TryGetValue(f.FieldId, out var name) ? f with { Name = name } : f),
            .. added,
        ];
        var faults = PartitionSpecRules.Faults(fields, metadata.CurrentSchema).ToList();
        return faults.Count == 0 ? fields : throw new InvalidTableArgumentException($"the partitioning cannot be changed like this: {string.Join("; ", faults)}");
    }

    /// <summary>The name that a field gets if none is given, as other engines choose it.</summary>
    internal static string NameOf(string column, Transform transform) => transform.Kind switch
    {
        TransformKind.Identity => column,
        TransformKind.Bucket => string.Create(CultureInfo.InvariantCulture, $"{column}_bucket_{transform.Width}"),
        TransformKind.Truncate => string.Create(CultureInfo.InvariantCulture, $"{column}_trunc_{transform.Width}"),
        TransformKind.Void => $"{column}_null",
        _ => $"{column}_{transform}",
    };

    private NestedField Source(string column, Transform transform)
    {
        var field = paths.Find(column);
        Refuse(field is null, $"there is no column '{column}'; the columns are {string.Join(", ", metadata.CurrentSchema.Fields.Select(f => f.Name))}");
        Refuse(transform.Kind is TransformKind.Unknown, $"there is no transform '{transform}'; take identity, bucket[N], truncate[W], year, month, day or hour");
        Refuse(field!.Type is not PrimitiveType, $"column '{column}' is {SchemaJson.NameOf(field.Type)}, and only primitive columns partition a table");
        for (var parent = paths.ParentOf(field.Id); parent is { } current; parent = paths.ParentOf(current))
        {
            Refuse(paths.Field(current).Type is not StructType, $"column '{column}' lies in '{paths.PathOf(current)}', of which a row may hold many values");
        }

        transform.ResultType(field.Type);
        return field;
    }

    private PartitionField Named(string name)
    {
        var field = standing.FirstOrDefault(f => f.Name == name);
        Refuse(field is null, $"there is no partition field '{name}'; {Fields()}");
        return field!;
    }

    private string Fields() => standing.Count == 0 ? "the table is not partitioned" : $"the fields are {string.Join(", ", standing.Select(f => f.Name))}";

    private static void Refuse(bool isFault, string message)
    {
        if (isFault)
        {
            throw new InvalidTableArgumentException(message);
        }
    }
}
