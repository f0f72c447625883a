using System.Buffers;
using Apache.Arrow;
using Apache.Arrow.Memory;

namespace Features.Flight.Layout;

/// <summary>Turns batches of plain columns into batches with a tensor. A part's packer takes its batches in row order.</summary>
internal sealed class TensorPacker
{
    private readonly StorePlan plan;
    private readonly TensorColumns columns;
    private readonly TensorBlock block;
    private readonly MemoryAllocator? allocator;
    private readonly bool hasMask;
    private long row;

    private TensorPacker(StorePlan plan, TensorColumns columns, TensorOptions options, long firstRow, MemoryAllocator? allocator)
    {
        (this.plan, this.columns, this.allocator, hasMask, row) = (plan, columns, allocator, options.Mask, firstRow);
        block = new TensorBlock(options, [.. columns.Packed.Select(ordinal => plan.Dataset.Schema.GetFieldByIndex(ordinal).Name)]);
    }

    /// <summary>The packer of a part; null if the plan's layout has no tensor.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="firstRow">The data set's row at which the part begins: errors name rows.</param>
    /// <param name="allocator">Where tensors are laid until their batch is disposed; null for pooled memory, which a load uses again and again.</param>
    public static TensorPacker? For(StorePlan plan, long firstRow = 0, MemoryAllocator? allocator = null) =>
        plan is { Tensor: { } options, Packing: { } columns } ? new TensorPacker(plan, columns, options, firstRow, allocator) : null;

    /// <summary>
    /// The rows of a batch as <see cref="StorePlan.Schema"/> has them. It takes the batch over: that is disposed with the result, or at once if it cannot be packed.
    /// </summary>
    /// <exception cref="InvalidDataException">The batch has other columns than the plan.</exception>
    /// <exception cref="TensorRangeException">A number is beyond the tensor's type; the message names its column and row.</exception>
    public RecordBatch Pack(RecordBatch batch)
    {
        var owners = new List<IMemoryOwner<byte>>();
        try
        {
            SourceColumns.Check(plan.Plain, batch);
            var packed = columns.Packed.Select(ordinal => batch.Column(ordinal).Data).ToArray();
            var cells = checked(batch.Length * packed.Length);
            var values = Rent(checked(cells * block.ValueBytes), owners);
            var mask = Rent(hasMask ? cells : 0, owners);
            block.Pack(packed, batch.Length, row, values.Span, mask.Span);
            row += batch.Length;

            var arrays = new List<IArrowArray> { Tensor(0, batch.Length, values) };
            if (hasMask)
            {
                arrays.Add(Tensor(1, batch.Length, mask));
            }

            arrays.AddRange(columns.Kept.Select(ordinal => ArrowArrayFactory.BuildArray(DerivedBatch.Borrow(batch.Column(ordinal).Data))));
            return new DerivedBatch(columns.Schema, arrays, batch, owners);
        }
        catch
        {
            owners.ForEach(owner => owner.Dispose());
            batch.Dispose();
            throw;
        }
    }

    private FixedSizeListArray Tensor(int ordinal, int length, Memory<byte> values)
    {
        var type = (Apache.Arrow.Types.FixedSizeListType)columns.Schema.GetFieldByIndex(ordinal).DataType;
        var items = new ArrayData(type.ValueDataType, length * type.ListSize, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(values)]);
        return new FixedSizeListArray(new ArrayData(type, length, 0, 0, [ArrowBuffer.Empty], [items]));
    }

    private Memory<byte> Rent(int bytes, List<IMemoryOwner<byte>> owners)
    {
        if (bytes == 0)
        {
            return Memory<byte>.Empty;
        }

        owners.Add(allocator?.Allocate(bytes) ?? MemoryPool<byte>.Shared.Rent(bytes));
        return owners[^1].Memory[..bytes];
    }
}
