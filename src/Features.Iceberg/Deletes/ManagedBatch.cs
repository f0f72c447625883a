using Apache.Arrow;

namespace Features.Iceberg.Deletes;

/// <summary>Batches that outlive their reader: copied into managed memory, so that many may share them and none need dispose them.</summary>
internal static class ManagedBatch
{
    /// <summary>A copy under another schema of the same types.</summary>
    public static RecordBatch CopyOf(RecordBatch batch, Apache.Arrow.Schema schema) => new(schema, batch.Arrays.Select(a => ArrowArrayFactory.BuildArray(CopyOf(a.Data))), batch.Length);

    /// <summary>About how many bytes a batch takes.</summary>
    public static long BytesOf(RecordBatch batch) => batch.Arrays.Sum(a => BytesOf(a.Data));

    private static ArrayData CopyOf(ArrayData data) => new(
        data.DataType,
        data.Length,
        data.NullCount,
        data.Offset,
        data.Buffers.Select(b => b.IsEmpty ? ArrowBuffer.Empty : new ArrowBuffer(b.Span.ToArray())),
        data.Children?.Select(CopyOf),
        data.Dictionary is null ? null : CopyOf(data.Dictionary));

    private static long BytesOf(ArrayData data) => data.Buffers.Sum(b => (long)b.Length) + (data.Children?.Sum(BytesOf) ?? 0);
}
