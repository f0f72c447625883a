using Apache.Arrow;
using Features.Flight.Layout;

namespace Features.Flight.Tests;

/// <summary>Rows of a store as Arrow has them.</summary>
internal static class StoreRows
{
    /// <summary>The rows at any samples, in that order; they live as long as the arena.</summary>
    public static RecordBatch Gather(this ColumnStore store, ReadOnlySpan<long> samples, MemoryArena arena)
    {
        using var body = new BatchBody();
        var rows = RowSet.Rent(samples.Length, body.Scratch);
        samples.CopyTo(rows.Places);
        store.Locate(rows.Places);
        foreach (var i in Enumerable.Range(0, store.Schema.FieldsList.Count))
        {
            store.Column(i).Lay(rows, body);
        }

        var written = new BatchArrays(body, arena);
        return new RecordBatch(store.Schema, [.. store.Schema.FieldsList.Select(field => ArrowArrayFactory.BuildArray(written.Next(field.DataType)))], samples.Length);
    }
}
