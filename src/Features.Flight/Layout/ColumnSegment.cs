using Apache.Arrow;

namespace Features.Flight.Layout;

/// <summary>A run of rows that lie together: each column is one array, which begins at its buffers' first slot.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Columns">Their arrays, by column.</param>
internal sealed record ColumnSegment(int Rows, IReadOnlyList<ArrayData> Columns);
