using Apache.Arrow;
using Features.Iceberg.Scans;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Deletes;

/// <summary>
/// The equality deletes of a data file that compare the same columns. A row is deleted if in all of them it equals some key row: null equals null, NaN equals NaN, and the zeros are equal whatever their sign.
/// </summary>
/// <param name="Key">
/// The columns compared, by ascending field id, with the widest type that any schema of the table gives them; columns that were renamed have their newest name, and some may be dropped since, so read them from the
/// data file by id. A column within a struct stands in that struct, left with nothing else; a null struct then counts as one of nulls.
/// </param>
/// <param name="Rows">The key rows, columns as <paramref name="Key"/>. Plain managed memory, shared by the data files that they apply to: not to be disposed or changed.</param>
/// <param name="Files">The delete files that the key rows are from; equal lists have equal rows, which a hash table built once can serve.</param>
public sealed record EqualityDeletes(Schema Key, IReadOnlyList<RecordBatch> Rows, IReadOnlyList<PlannedDelete> Files)
{
    /// <summary>The number of key rows, repetitions counted.</summary>
    public long Count => Rows.Sum(b => (long)b.Length);
}
