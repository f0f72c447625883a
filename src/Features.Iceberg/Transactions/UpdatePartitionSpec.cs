using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>
/// Changes how new files are partitioned; files that stand keep their spec. Calls collect changes, which are applied together. A field of a former spec, of the same column and transform, comes
/// back under its id; a spec that stood before is taken again under its own.
/// </summary>
public sealed class UpdatePartitionSpec : IAction
{
    private readonly List<Action<PartitionSpecEvolution>> changes = [];

    /// <summary>Whether columns are matched by case. Default true.</summary>
    public bool CaseSensitive { get; init; } = true;

    /// <summary>Adds a partition field.</summary>
    /// <param name="column">The source column, <c>a.b</c> for a struct's field.</param>
    /// <param name="transform">The transform; only one of year, month, day and hour of a column.</param>
    /// <param name="name">The field's name; null makes one such as <c>at_day</c> or <c>id_bucket_16</c>.</param>
    public UpdatePartitionSpec AddField(string column, Transform transform, string? name = null) => Change(e => e.Add(column, transform, name));

    /// <summary>Removes the partition field of this name.</summary>
    public UpdatePartitionSpec RemoveField(string name) => Change(e => e.Remove(name));

    /// <summary>Removes the partition field of this column and transform.</summary>
    public UpdatePartitionSpec RemoveField(string column, Transform transform) => Change(e => e.Remove(column, transform));

    /// <summary>Renames a partition field.</summary>
    public UpdatePartitionSpec RenameField(string name, string newName) => Change(e => e.Rename(name, newName));

    /// <inheritdoc/>
    /// <exception cref="InvalidTableArgumentException">The changes contradict the table or each other.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var evolution = new PartitionSpecEvolution(metadata, CaseSensitive);
        IReadOnlyList<PartitionField> fields;
        try
        {
            changes.ForEach(change => change(evolution));
            fields = evolution.Apply();
        }
        catch (InvalidTableArgumentException fault)
        {
            throw new InvalidTableArgumentException($"table '{context.TableName}': {fault.Message}");
        }

        if (IsSame(metadata.DefaultSpec.Fields, fields))
        {
            return Task.FromResult(metadata);
        }

        var same = metadata.PartitionSpecs.FirstOrDefault(s => IsSame(s.Fields, fields));
        var spec = same ?? new PartitionSpec(metadata.PartitionSpecs.Max(s => s.SpecId) + 1, fields);
        return Task.FromResult(metadata with
        {
            PartitionSpecs = same is null ? [.. metadata.PartitionSpecs, spec] : metadata.PartitionSpecs,
            DefaultSpecId = spec.SpecId,
            LastPartitionId = same is null ? evolution.LastFieldId : metadata.LastPartitionId,
        });
    }

    // Their ids follow from source, transform and name.
    private static bool IsSame(IReadOnlyList<PartitionField> left, IReadOnlyList<PartitionField> right) =>
        left.Select(f => (f.SourceId, f.Transform, f.Name)).SequenceEqual(right.Select(f => (f.SourceId, f.Transform, f.Name)));

    private UpdatePartitionSpec Change(Action<PartitionSpecEvolution> change)
    {
        changes.Add(change);
        return this;
    }
}
