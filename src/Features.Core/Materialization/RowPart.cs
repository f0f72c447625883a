using Apache.Arrow;

namespace Features.Core.Materialization;

/// <summary>Rows that are written in one step: all rows of some keys; or, of a key with very many, the first of them, and then (<see cref="IsRest"/>) more of them in parts of their own. The batches live until the next part is asked for.</summary>
/// <param name="Keys">The keys whose first rows are here, encoded, in the order of the rows; each may stand there once.</param>
/// <param name="Rows">The rows, in order.</param>
/// <param name="RowCount">How many.</param>
/// <param name="IsRest">True if these are more rows of the last key of the part before, later in both clocks than those.</param>
internal sealed record RowPart(IReadOnlyList<ReadOnlyMemory<byte>> Keys, IReadOnlyList<RecordBatch> Rows, long RowCount, bool IsRest)
{
    /// <summary>The latest event among the rows, in microseconds.</summary>
    public required long LatestEvent { get; init; }
}
