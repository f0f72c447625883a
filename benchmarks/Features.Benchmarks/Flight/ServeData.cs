using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Cache;
using Features.Flight.Protocol;

namespace Features.Benchmarks.Flight;

/// <summary>
/// Data sets of float32 without nulls, each value a function of its row and column: <c>tensor</c>, rows packed into one column, and <c>columns</c>,
/// the same values side by side.
/// </summary>
internal sealed class ServeData(long rows, int width) : IDatasetSource
{
    public const string Tensor = "tensor";
    public const string Columns = "columns";

    // What source batches have; a multiple of what is sent, so that nothing is favoured.
    private const int PartRows = 1 << 16;

    private readonly DatasetPlan[] plans = [Plan(Tensor, rows, TensorSchema(width)), Plan(Columns, rows, ColumnsSchema(width))];

    /// <summary>The value of one cell.</summary>
    public static float ValueOf(long row, int column) => (row & 0xfffff) + (column / 64f);

    /// <summary>Rows [first, first + count) of the data set <see cref="Tensor"/>.</summary>
    public static RecordBatch TensorRows(long first, int count, int width)
    {
        var values = new float[count * width];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ValueOf(first + (i / width), i % width);
        }

        var schema = TensorSchema(width);
        var array = new FixedSizeListArray(new ArrayData(schema.FieldsList[0].DataType, count, 0, 0, [ArrowBuffer.Empty], [Floats(values)]));
        return new RecordBatch(schema, [array], count);
    }

    public async IAsyncEnumerable<DatasetPlan> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var plan in plans)
        {
            yield return plan;
        }
    }

    public ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken) =>
        ValueTask.FromResult(plans.FirstOrDefault(plan => plan.Name == selection.Name));

    public Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<IDatasetPart>>([new Part(plan.Rows, width, plan.Name == Tensor)]);

    private static DatasetPlan Plan(string name, long rows, Schema schema) => new(name, $"sha256:{name}-{rows}", rows, schema);

    private static Schema TensorSchema(int width) => new(
        [
            new Field("features", new FixedSizeListType(new Field("item", FloatType.Default, false), width), false, new Dictionary<string, string>
            {
                ["ARROW:extension:name"] = "arrow.fixed_shape_tensor",
                ["ARROW:extension:metadata"] = $$"""{"shape":[{{width}}]}""",
            }),
        ],
        metadata: null);

    private static Schema ColumnsSchema(int width) => new(Enumerable.Range(0, width).Select(column => new Field($"f{column}", FloatType.Default, false)), metadata: null);

    private static RecordBatch ColumnRows(long first, int count, int width) => new(
        ColumnsSchema(width),
        Enumerable.Range(0, width).Select(column => ArrowArrayFactory.BuildArray(Floats([.. Enumerable.Range(0, count).Select(i => ValueOf(first + i, column))]))),
        count);

    private static ArrayData Floats(float[] values) =>
        new(FloatType.Default, values.Length, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(MemoryMarshal.AsBytes(values.AsSpan()).ToArray())]);

    private sealed class Part(long rows, int width, bool isTensor) : IDatasetPart
    {
        public long Rows => rows;

        public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var row = 0L; row < rows; row += PartRows)
            {
                await Task.Yield();
                var count = (int)Math.Min(PartRows, rows - row);
                yield return isTensor ? TensorRows(row, count, width) : ColumnRows(row, count, width);
            }
        }
    }
}
