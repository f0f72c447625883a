using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Sets the order that writers sort new files in: the columns in the order of the calls; none makes the table unsorted. An order that stood before is taken again under its id.</summary>
public sealed class ReplaceSortOrder : IAction
{
    private readonly List<(string Column, Transform Transform, bool Descending, bool NullsFirst)> fields = [];

    /// <summary>Whether columns are matched by case. Default true.</summary>
    public bool CaseSensitive { get; init; } = true;

    /// <summary>Sorts by a column, smallest first.</summary>
    /// <param name="column">The column, <c>a.b</c> for a struct's field.</param>
    /// <param name="transform">What of it; null for the column itself.</param>
    /// <param name="nullsFirst">Where nulls stand. Default first.</param>
    public ReplaceSortOrder Ascending(string column, Transform? transform = null, bool nullsFirst = true) => By(column, transform, descending: false, nullsFirst);

    /// <summary>Sorts by a column, greatest first.</summary>
    /// <param name="column">The column, <c>a.b</c> for a struct's field.</param>
    /// <param name="transform">What of it; null for the column itself.</param>
    /// <param name="nullsFirst">Where nulls stand. Default last.</param>
    public ReplaceSortOrder Descending(string column, Transform? transform = null, bool nullsFirst = false) => By(column, transform, descending: true, nullsFirst);

    /// <inheritdoc/>
    /// <exception cref="InvalidTableArgumentException">A column does not exist or cannot be sorted by, or its transform does not take it; all are named.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var paths = new SchemaPaths(metadata.CurrentSchema, CaseSensitive);
        var faults = new List<string>();
        SortField[] wanted = [.. fields.Select(f => Field(paths, f.Column, f.Transform, f.Descending, f.NullsFirst, faults)).OfType<SortField>()];
        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"table '{context.TableName}' cannot be sorted like this: {string.Join("; ", faults)}");
        }

        var same = wanted.Length == 0 ? metadata.SortOrders.FirstOrDefault(o => o.OrderId == 0) : metadata.SortOrders.FirstOrDefault(o => o.Fields.SequenceEqual(wanted));
        var order = same ?? (wanted.Length == 0 ? SortOrder.Unsorted : new SortOrder(metadata.SortOrders.Max(o => o.OrderId) + 1, wanted));
        return Task.FromResult(order.OrderId == metadata.DefaultSortOrderId
            ? metadata
            : metadata with { SortOrders = same is null ? [.. metadata.SortOrders, order] : metadata.SortOrders, DefaultSortOrderId = order.OrderId });
    }

    private static SortField? Field(SchemaPaths paths, string column, Transform transform, bool descending, bool nullsFirst, List<string> faults)
    {
        try
        {
            if (paths.Find(column) is not { Type: PrimitiveType type } field)
            {
                faults.Add($"there is no primitive column '{column}'");
                return null;
            }

            for (var parent = paths.ParentOf(field.Id); parent is { } current; parent = paths.ParentOf(current))
            {
                if (paths.Field(current).Type is not StructType)
                {
                    faults.Add($"column '{column}' lies in '{paths.PathOf(current)}', of which a row may hold many values");
                    return null;
                }
            }

            _ = transform.Kind == TransformKind.Unknown
                ? throw new InvalidTableArgumentException($"there is no transform '{transform}'")
                : transform.ResultType(type);
            return new SortField(field.Id, transform, descending, nullsFirst);
        }
        catch (InvalidTableArgumentException fault)
        {
            faults.Add(fault.Message);
            return null;
        }
    }

    private ReplaceSortOrder By(string column, Transform? transform, bool descending, bool nullsFirst)
    {
        fields.Add((column, transform ?? Transform.Identity, descending, nullsFirst));
        return this;
    }
}
