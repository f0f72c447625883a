namespace Features.Iceberg.Spec;

/// <summary>One sort field.</summary>
public sealed record SortField(int SourceId, Transform Transform, bool Descending, bool NullsFirst);

/// <summary>How rows are sorted within data files; order id 0 is unsorted.</summary>
public sealed record SortOrder(int OrderId, IReadOnlyList<SortField> Fields)
{
    /// <summary>The unsorted order.</summary>
    public static SortOrder Unsorted { get; } = new(0, []);
}
