using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Cache;
using Features.Flight.Layout;

namespace Features.Benchmarks.Flight;

/// <summary>What loading does to batches that are in memory already: packing them into tensors, and laying them out.</summary>
internal sealed class LayoutLoads
{
    private const int BatchRows = 16_384;
    private const int Columns = 32;
    private readonly StorePlan plan;
    private readonly byte[][] columns;
    private readonly byte[]? validity;

    public LayoutLoads(IArrowType type, TensorType tensor, bool hasNulls)
    {
        var schema = new Schema(Enumerable.Range(0, Columns).Select(i => new Field($"f{i}", type, hasNulls)), null);
        plan = new StorePlan(new DatasetPlan("bench", "d", long.MaxValue, schema), new TensorOptions { Type = tensor }, [.. schema.FieldsList.Select(field => field.Name)]);
        columns = [.. Enumerable.Range(0, Columns).Select(_ => new byte[BatchRows * ((FixedWidthType)type).BitWidth / 8])];
        if (hasNulls)
        {
            validity = new byte[BatchRows / 8];
            System.Array.Fill(validity, (byte)0b1110_1111);
        }
    }

    /// <summary>Bytes of tensors that were packed and laid out, at least as many as asked for.</summary>
    public long Run(long bytes)
    {
        var packer = TensorPacker.For(plan)!;
        using var builder = new ColumnStoreBuilder(plan.Schema, SlabAllocator.Shared);
        var laid = 0L;
        while (laid < bytes)
        {
            laid += builder.Add(packer.Pack(Batch()));
        }

        return laid;
    }

    private RecordBatch Batch() => new(
        plan.Dataset.Schema,
        plan.Dataset.Schema.FieldsList.Select((field, i) => ArrowArrayFactory.BuildArray(new ArrayData(
            field.DataType, BatchRows, validity is null ? 0 : BatchRows / 8, 0, [validity is null ? ArrowBuffer.Empty : new ArrowBuffer(validity), new ArrowBuffer(columns[i])]))),
        BatchRows);
}
