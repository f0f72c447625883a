namespace Features.Iceberg.Deletes;

/// <summary>What is deleted of one data file. Plain managed memory; nothing is to be disposed.</summary>
/// <param name="Positions">The positions of deleted rows in the file; null for none.</param>
/// <param name="Equalities">The equality deletes that apply, one for each list of columns; empty for none.</param>
public sealed record RowDeletes(DeletedPositions? Positions, IReadOnlyList<EqualityDeletes> Equalities)
{
    /// <summary>Nothing is deleted.</summary>
    public static RowDeletes None { get; } = new(null, []);

    /// <summary>True if nothing is deleted.</summary>
    public bool IsEmpty => Positions is null && Equalities.Count == 0;
}
