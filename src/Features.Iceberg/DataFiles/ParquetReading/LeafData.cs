namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>A leaf over the rows of a batch as it lies in the file: the physical values that are present, and the levels of all.</summary>
/// <param name="Values">An array, perhaps longer than there are values, of <c>bool</c>, <c>int</c>, <c>long</c>, <c>float</c>, <c>double</c> or <c>ReadOnlyMemory&lt;byte&gt;</c>.</param>
/// <param name="Count">Levels; for a flat required column, rows.</param>
/// <param name="Definition">Definition levels; null if the column cannot be null.</param>
/// <param name="Repetition">Repetition levels; null if the column is not repeated.</param>
internal sealed record LeafData(Array Values, int Count, byte[]? Definition, byte[]? Repetition)
{
    public int DefinitionAt(int i) => Definition is null ? 0 : Definition[i];

    public int RepetitionAt(int i) => Repetition is null ? 0 : Repetition[i];
}
