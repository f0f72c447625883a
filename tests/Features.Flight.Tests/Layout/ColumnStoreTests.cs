using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Layout;

namespace Features.Flight.Tests.Layout;

public class ColumnStoreTests
{
    [Fact]
    public void Gather_AnyRowsOfAnyBatching_EqualsTheSourceCellByCell() =>
        Gen.Select(Gen.Int[1, 60].List[1, 8], Gen.Double.Unit.List[0, 50]).Sample(
            (lengths, picks) =>
            {
                var allocator = new CountingAllocator();
                using var expected = Tables.Rows(0, lengths.Sum());
                var oracle = Cells.RowsOf(expected).ToList();
                var samples = picks.Select(pick => (long)(pick * oracle.Count)).ToArray();
                using (var store = Load(Tables.Schema, lengths, Tables.Rows, allocator))
                using (var arena = new MemoryArena(allocator))
                {
                    Assert.Equal(samples.Select(sample => oracle[(int)sample]), Cells.RowsOf(store.Gather(samples, arena)));
                }

                Assert.Equal(0, allocator.Bytes);
            },
            iter: 60);

    [Fact]
    public void Gather_SlicedSourceBatches_EqualsTheSlices()
    {
        RecordBatch Sliced(long first, int count) => Tables.Rows(first - 3, count + 5).Slice(3, count);
        using var store = Load(Tables.Schema, [40, 33], Sliced, new CountingAllocator());
        using var arena = new MemoryArena(new CountingAllocator());
        var samples = Enumerable.Range(0, 73).Select(i => (long)i).ToArray();

        var batch = store.Gather(samples, arena);

        Assert.Equal(Cells.RowsOf(Tables.Rows(0, 73)), Cells.RowsOf(batch));
    }

    [Fact]
    public void Gather_AcrossSegments_FindsEachRow()
    {
        const int Rows = (2 * ColumnStore.SegmentRows) + 100;
        using var store = Load(Tables.Narrow, Enumerable.Repeat(8117, Rows / 8117).Append(Rows % 8117), Tables.NarrowRows, new CountingAllocator());
        using var arena = new MemoryArena(new CountingAllocator());
        long[] samples = [0, ColumnStore.SegmentRows - 1, ColumnStore.SegmentRows, Rows - 1, 5, (2 * ColumnStore.SegmentRows) - 1];

        var batch = store.Gather(samples, arena);

        Assert.Equal(Rows, store.Rows);
        Assert.Equal(samples.Select(sample => (long?)sample), ((Int64Array)batch.Column(0)).ToArray());
        Assert.Equal(12L * Rows, store.BytesOf([0, 1]));
    }

    [Fact]
    public void Add_AsManyRowsAsASegmentHas_GivesTheBatchBackAtOnce()
    {
        // However wide the rows are, a load holds little beside what it has laid out.
        var (source, target) = (new CountingAllocator(), new CountingAllocator());
        var schema = new Schema([new Field("x", Int64Type.Default, false)], null);
        using var builder = new ColumnStoreBuilder(schema, target);
        for (var i = 0; i < 3; i++)
        {
            var values = new Int64Array.Builder().AppendRange(Enumerable.Range(0, 16_384).Select(row => (long)row)).Build(source);
            builder.Add(new RecordBatch(schema, [values], values.Length));

            Assert.Equal((0, (i + 1) * 16_384 * sizeof(long)), (source.Bytes, target.Bytes));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40_000)]
    public void Build_RowsWithoutColumns_AreCounted(int rows)
    {
        var schema = new Schema([], null);
        using var builder = new ColumnStoreBuilder(schema, new CountingAllocator());
        builder.Add(new RecordBatch(schema, [], rows));
        builder.Complete();
        using var store = builder.Build();

        Assert.Equal((rows, 0), (store.Rows, store.BytesOf([])));
    }

    [Fact]
    public void Gather_ColumnsThatAreAllNull_AreNullInEveryChunk()
    {
        var record = new StructType([new Field("x", Int32Type.Default, true)]);
        var list = new ListType(new Field("item", Int32Type.Default, true));
        var schema = new Schema([new Field("s", record, true), new Field("l", list, true), new Field("b", BooleanType.Default, true)], null);
        using var builder = new ColumnStoreBuilder(schema, new CountingAllocator());
        foreach (var rows in new[] { 1, 9, 64 })
        {
            var none = new ArrowBuffer(new byte[(rows + 7) / 8]);
            ArrayData Numbers(int count) => new(Int32Type.Default, count, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(new byte[count * 4])]);
            builder.Add(new RecordBatch(
                schema,
                new[]
                {
                    new ArrayData(record, rows, rows, 0, [none], [Numbers(rows)]),
                    new ArrayData(list, rows, rows, 0, [none, new ArrowBuffer(new byte[(rows + 1) * 4])], [Numbers(0)]),
                    new ArrayData(BooleanType.Default, rows, rows, 0, [none, none]),
                }.Select(ArrowArrayFactory.BuildArray),
                rows));
        }

        builder.Complete();
        using var store = builder.Build();
        using var arena = new MemoryArena(new CountingAllocator());

        Assert.Equal(["null|null|null", "null|null|null", "null|null|null"], Cells.RowsOf(store.Gather([73, 0, 5], arena)));
    }

    [Fact]
    public void Gather_NullSlots_HoldNothingOfTheSource()
    {
        // A masked cell: the value is still there, under a bit that says null.
        var values = new ArrowBuffer.Builder<int>().Append(1).Append(4711).Append(3).Build();
        var validity = new ArrowBuffer(new byte[] { 0b101 });
        var schema = new Schema.Builder().Field(new Field("x", Int32Type.Default, true)).Build();
        using var builder = new ColumnStoreBuilder(schema, new CountingAllocator());
        builder.Add(new RecordBatch(schema, [new Int32Array(values, validity, 3, 1, 0)], 3));
        builder.Complete();
        using var store = builder.Build();
        using var arena = new MemoryArena(new CountingAllocator());

        var data = store.Gather([0, 1, 2], arena).Column(0).Data;

        Assert.Equal(1, data.NullCount);
        Assert.Equal([1, 0, 3], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span).ToArray());
    }

    [Fact]
    public void Gather_MaskedTexts_HoldNothingOfTheSource()
    {
        var schema = new Schema.Builder().Field(new Field("x", StringType.Default, true)).Build();
        var offsets = new ArrowBuffer.Builder<int>().Append(0).Append(1).Append(7).Append(9).Build();
        var masked = new StringArray(3, offsets, new ArrowBuffer("asecretbb"u8.ToArray()), new ArrowBuffer(new byte[] { 0b101 }), 1);
        using var builder = new ColumnStoreBuilder(schema, new CountingAllocator());
        builder.Add(new RecordBatch(schema, [new StringArray.Builder().Append("plain").Build()], 1));
        builder.Add(new RecordBatch(schema, [masked], 3));
        builder.Complete();
        using var store = builder.Build();
        using var arena = new MemoryArena(new CountingAllocator());

        var batch = store.Gather([0, 1, 2, 3], arena);

        Assert.Equal(["\"plain\"", "\"a\"", "null", "\"bb\""], Cells.RowsOf(batch));
        Assert.Equal("plainabb"u8.ToArray(), batch.Column(0).Data.Buffers[2].Span.ToArray());
        Assert.Equal(8, store.Column(0).BitsOf(0, 0, 4) / 8 - (4 * 4));
    }

    [Fact]
    public void Gather_PartsOfMaskedRecordsAndLists_HoldNothingOfTheSource()
    {
        var record = new StructType([new Field("code", StringType.Default, true), new Field("floor", Int32Type.Default, true)]);
        var pair = new FixedSizeListType(new Field("item", StringType.Default, true), 2);
        var schema = new Schema([new Field("place", record, true), new Field("names", pair, true)], null);
        var valid = new ArrowBuffer(new byte[] { 0b1010 });
        StringArray Texts(int count) => new StringArray.Builder().AppendRange(Enumerable.Range(0, count).Select(i => $"t{i}")).Build();
        var batch = new RecordBatch(
            schema,
            [
                new StructArray(record, 4, [Texts(4), new Int32Array.Builder().AppendRange([7, 8, 9, 10]).Build()], valid, 2),
                new FixedSizeListArray(pair, 4, Texts(8), valid, 2, 0),
            ],
            4);
        using var builder = new ColumnStoreBuilder(schema, new CountingAllocator());
        builder.Add(batch.Slice(1, 3));
        builder.Complete();
        using var store = builder.Build();
        using var arena = new MemoryArena(new CountingAllocator());

        var gathered = store.Gather([0, 1, 2], arena);

        Assert.Equal(["{\"t1\",08000000}|[\"t2\",\"t3\"]", "null|null", "{\"t3\",0A000000}|[\"t6\",\"t7\"]"], Cells.RowsOf(gathered));
        var (place, names) = (gathered.Column(0).Data, gathered.Column(1).Data);
        Assert.Equal("t1t3"u8.ToArray(), place.Children[0].Buffers[2].Span.ToArray());
        Assert.Equal([8, 0, 10], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(place.Children[1].Buffers[1].Span).ToArray());
        Assert.Equal("t2t3t6t7"u8.ToArray(), names.Children[0].Buffers[2].Span.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gather_MissingTensors_AreDenseZeros(bool hasNullItems)
    {
        var row = new FixedSizeListType(new Field("item", Int16Type.Default, true), 2);
        var matrix = new FixedSizeListType(new Field("row", row, false), 2);
        var schema = new Schema([new Field("matrix", matrix, true), new Field("row", row, true)], null);
        ArrayData Items(int count, byte valid) => new(
            Int16Type.Default, count, -1, 0, [hasNullItems ? new ArrowBuffer(new byte[] { valid, 0xFF }) : ArrowBuffer.Empty, new ArrowBuffer.Builder<short>().AppendRange(Enumerable.Range(1, count).Select(i => (short)i)).Build()]);
        var missing = new ArrowBuffer(new byte[] { 0b101 });
        var rows = new ArrayData(row, 6, 0, 0, [ArrowBuffer.Empty], [Items(12, 0b1111_1111)]);
        var arrays = new[] { new ArrayData(matrix, 3, 1, 0, [missing], [rows]), new ArrayData(row, 3, 1, 0, [missing], [Items(6, 0b1111_0011)]) };
        using var builder = new ColumnStoreBuilder(schema, new CountingAllocator());
        builder.Add(new RecordBatch(schema, arrays.Select(ArrowArrayFactory.BuildArray), 3));
        builder.Complete();
        using var store = builder.Build();
        using var arena = new MemoryArena(new CountingAllocator());

        var gathered = store.Gather([2, 1, 0], arena);

        var items = gathered.Column(1).Data.Children[0];
        Assert.Equal([9, 10, 11, 12, 0, 0, 0, 0, 1, 2, 3, 4], Shorts(gathered.Column(0).Data.Children[0].Children[0]));
        Assert.Equal([5, 6, 0, 0, 1, 2], Shorts(items));
        Assert.Equal((0, 1), (items.NullCount, gathered.Column(1).NullCount));
        static short[] Shorts(ArrayData data) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(data.Buffers[1].Span).ToArray();
    }

    [Fact]
    public void Builder_OfAnyBatches_TakesWhatTheRowsTake()
    {
        var allocator = new CountingAllocator();
        using var store = Load(Tables.Narrow, Enumerable.Repeat(7001, 30), Tables.NarrowRows, allocator);

        Assert.Equal(12L * 7001 * 30, allocator.Bytes);
    }

    [Fact]
    public void Locate_SegmentsOfAnyLengths_FindsTheSegmentAndTheRowInIt() =>
        Gen.Int[0, 9000].List[1, 40].Where(lengths => lengths.Sum() > 0).Sample(
            lengths =>
            {
                var directory = new SegmentDirectory(lengths);
                var expected = lengths.SelectMany((length, segment) => Enumerable.Range(0, length).Select(row => RowAddress.Of(segment, row))).ToArray();
                var rows = Enumerable.Range(0, expected.Length).Select(row => (long)row).ToArray();
                directory.Locate(rows);
                Assert.Equal(expected, rows);
                Assert.All([0, expected.Length / 2, expected.Length - 1], row => Assert.Equal(lengths[RowAddress.Chunk(expected[row])] - RowAddress.Index(expected[row]), directory.RunFrom(row)));
            },
            iter: 60);

    [Fact]
    public void Builder_TypeThatIsNotServed_IsRefusedByColumnAndType()
    {
        var type = new DictionaryType(Int32Type.Default, StringType.Default, false);
        var schema = new Schema.Builder().Field(new Field("kind", type, true)).Build();
        var array = new DictionaryArray(type, new Int32Array.Builder().Append(0).Build(), new StringArray.Builder().Append("a").Build());
        using var builder = new ColumnStoreBuilder(schema, new CountingAllocator());
        builder.Add(new RecordBatch(schema, [array], 1));

        var error = Assert.Throws<NotSupportedException>(() => builder.Complete());

        Assert.Contains("'kind'", error.Message, StringComparison.Ordinal);
        Assert.Contains("dictionary", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Builder_BatchOfOtherColumns_IsRefused()
    {
        using var builder = new ColumnStoreBuilder(Tables.Schema, new CountingAllocator());
        Assert.Contains("its plan has", Assert.Throws<InvalidDataException>(() => builder.Add(Tables.NarrowRows(0, 1))).Message, StringComparison.Ordinal);
    }

    private static ColumnStore Load(Schema schema, IEnumerable<int> lengths, Func<long, int, RecordBatch> rows, CountingAllocator allocator)
    {
        using var builder = new ColumnStoreBuilder(schema, allocator);
        foreach (var length in lengths)
        {
            builder.Add(rows(builder.Rows, length));
        }

        builder.Complete();
        return builder.Build();
    }
}
