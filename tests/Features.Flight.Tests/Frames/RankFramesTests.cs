using Apache.Arrow;
using Apache.Arrow.Ipc;
using Features.Flight.Frames;
using Features.Flight.Layout;
using Features.Ordering;

namespace Features.Flight.Tests.Frames;

public class RankFramesTests
{
    private static readonly (Schema Schema, Func<long, int, RecordBatch> Rows)[] Sources = [(Tables.Schema, Tables.Rows), (FrameSource.Schema, FrameSource.Rows)];

    [Fact]
    public void Frames_OfAnyTypesOrderDeliveryAndPieces_AreTheSourcesRowsInOrder() =>
        Gen.Select(Gen.Int[0, 1], Gen.Int[1, 60].List[1, 6], Gen.Bool, Gen.Int[1, 90], Gen.Int[1, 3], Gen.Bool.Select(isPadded => isPadded ? Tail.Pad : Tail.Drop), Gen.Int[4000, 12000], Gen.Int[1, 300].Array[1, 5])
            .Sample(
                (source, lengths, isShuffled, batch, world, tail, maxBytes, pieces) =>
                {
                    // Parts that are loaded by themselves are segments of their own.
                    var (schema, rows) = Sources[source];
                    using var store = ColumnStore.Join([.. lengths.Select((length, part) => FrameSource.Load(schema, [length], rows, first: lengths.Take(part).Sum()))]);
                    var oracle = Cells.RowsOf(rows(0, (int)store.Rows)).ToList();
                    var mode = isShuffled ? OrderMode.Global : OrderMode.None;
                    for (var rank = 0; rank < world; rank++)
                    {
                        var read = FrameSource.Read(store, new Delivery(batch, world, rank, tail), mode, position: store.Rows / 5);
                        using var frames = new RankFrames(read, store, maxBytes);
                        Check(DecodedFrame.All(frames, pieces), read, oracle, maxBytes);
                    }
                },
                iter: 150);

    [Fact]
    public void Frames_OfProjections_HoldTheColumnsAskedFor()
    {
        using var store = FrameSource.Load(FrameSource.Schema, [40, 1, 30], FrameSource.Rows);
        var rows = FrameSource.Rows(0, 71);
        foreach (var ordinals in new int[][] { [1], [5, 0], [9, 4, 2], [3, 3] })
        {
            var oracle = Cells.RowsOf(new RecordBatch(new Schema(ordinals.Select(FrameSource.Schema.GetFieldByIndex), null), ordinals.Select(rows.Column), 71)).ToList();
            var read = FrameSource.Read(store, new Delivery(16, 1, 0, Tail.Keep), OrderMode.Global, ordinals: ordinals);
            using var frames = new RankFrames(read, store, 1 << 20);
            Check(DecodedFrame.All(frames, 4096), read, oracle, 1 << 20);
        }
    }

    [Theory]
    [InlineData(OrderMode.None)]
    [InlineData(OrderMode.Global)]
    public void Frames_OfOtherSegmentsAndParts_AreTheSameBytes(OrderMode mode)
    {
        using var whole = FrameSource.Load(Tables.Narrow, [150_000], Tables.NarrowRows);
        using var parts = ColumnStore.Join(
        [
            FrameSource.Load(Tables.Narrow, [70_000, 1], Tables.NarrowRows),
            FrameSource.Load(Tables.Narrow, [], Tables.NarrowRows),
            FrameSource.Load(Tables.Narrow, [3], Tables.NarrowRows, first: 70_001),
            FrameSource.Load(Tables.Narrow, Enumerable.Repeat(500, 159).Append(496), Tables.NarrowRows, first: 70_004),
        ]);
                Assert.Equal(Bytes(whole), Bytes(parts));

        List<byte[]> Bytes(ColumnStore store)
        {
            using var frames = new RankFrames(FrameSource.Read(store, new Delivery(40_000, 1, 0, Tail.Pad), mode), store, 300_000);
            return [.. DecodedFrame.All(frames, 65_536).Select(frame => frame.Message.DataBody.ToByteArray())];
        }
    }

    [Theory]
    [InlineData(OrderMode.None)]
    [InlineData(OrderMode.Global)]
    public void Frames_WrittenAgainByArrow_HaveTheSameNodesAndBuffers(OrderMode mode)
    {
        foreach (var (schema, rows) in Sources)
        {
            using var store = FrameSource.Load(schema, [50, 27], rows);
            using var frames = new RankFrames(FrameSource.Read(store, new Delivery(30, 1, 0, Tail.Keep), mode), store, 1 << 20);
            var decoded = DecodedFrame.Batches(DecodedFrame.All(frames, 1 << 20));

            using var stream = new MemoryStream();
            using var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true);
            decoded.ForEach(writer.WriteRecordBatch);
            writer.WriteEnd();
            stream.Position = 0;
            using var reader = new ArrowStreamReader(stream);
            foreach (var batch in decoded)
            {
                var again = reader.ReadNextRecordBatch();
                Assert.Equal(again.Arrays.SelectMany(array => Parts(array.Data)), batch.Arrays.SelectMany(array => Parts(array.Data)));
            }
        }

        static IEnumerable<string> Parts(ArrayData data) =>
            data.Buffers.Select(buffer => Convert.ToHexString(buffer.Span)).Prepend($"{data.Length} {data.NullCount}").Concat((data.Children ?? []).SelectMany(Parts));
    }

    [Fact]
    public void Frames_OfRowsOfUnevenWidth_FillMessagesAndNeverExceedThem()
    {
        var schema = new Schema.Builder().Field(new Field("text", Apache.Arrow.Types.StringType.Default, false)).Build();
        RecordBatch Rows(long first, int count)
        {
            var text = new StringArray.Builder();
            for (var i = 0; i < count; i++)
            {
                text.Append(new string('x', (first + i) % 100 == 17 ? 20_000 : (int)((first + i) % 40)));
            }

            return new RecordBatch(schema, [text.Build()], count);
        }

        using var store = FrameSource.Load(schema, [1000, 777], Rows);
        foreach (var mode in new[] { OrderMode.None, OrderMode.Global })
        {
            using var frames = new RankFrames(FrameSource.Read(store, new Delivery(1777, 1, 0, Tail.Keep), mode), store, 8192);
            var decoded = DecodedFrame.All(frames, 5000);
            Assert.All(decoded, frame => Assert.True(frame.Bytes <= 8192 || frame.Rows == 1));
            Assert.Contains(decoded, frame => frame.Rows == 1 && frame.Bytes > 20_000);
            Assert.InRange(decoded.Count, 1777 * 20 / 8192, 80);
            Assert.Equal(1777, decoded.Sum(frame => frame.Rows));
        }
    }

    [Fact]
    public void Frames_OfManyNarrowRows_HoldLittleForASlowReader()
    {
        var schema = new Schema.Builder().Field(new Field("text", Apache.Arrow.Types.StringType.Default, true)).Field(new Field("bit", Apache.Arrow.Types.BooleanType.Default, false)).Build();
        RecordBatch Rows(long first, int count) => new(
            schema,
            [
                new StringArray.Builder().AppendRange(Enumerable.Range(0, count).Select(i => (first + i) % 9 == 0 ? "x" : "")).Build(),
                new BooleanArray.Builder().AppendRange(Enumerable.Range(0, count).Select(i => i % 2 == 0)).Build(),
            ],
            count);
        using var store = FrameSource.Load(schema, [200_000], Rows);
        using var frames = new RankFrames(FrameSource.Read(store, new Delivery(200_000, 1, 0, Tail.Keep), OrderMode.Global), store, 2 << 20);
        var rows = 0;
        while (frames.Next())
        {
            rows += frames.Rows;
            Assert.InRange(frames.HeldBytes, 0, 640 << 10);
        }

        Assert.Equal(200_000, rows);
    }

    [Fact]
    public void Next_FrameThatWasNotReadWhole_GoesOnWithTheNext()
    {
        using var store = FrameSource.Load(Tables.Narrow, [100], Tables.NarrowRows);
        using var frames = new RankFrames(FrameSource.Read(store, new Delivery(40, 1, 0, Tail.Drop), OrderMode.Global), store, 1 << 20);
        Assert.True(frames.Next());
        Assert.Equal(3, frames.Read(new byte[3]));
        Assert.True(frames.Next());
        Assert.Equal(100, frames.Read(new byte[100]));
        Assert.True(frames.Next());
        Assert.Equal((1, 40), ((int)frames.Step, frames.Rows));
        Assert.False(frames.Next());
        Assert.Equal(0, frames.Read(new byte[100]));
    }

    [Theory]
    [InlineData(OrderMode.None)]
    [InlineData(OrderMode.Global)]
    public void Frames_InSteadyState_AllocateNothing(OrderMode mode)
    {
        foreach (var (schema, rows) in Sources)
        {
            using var store = FrameSource.Load(schema, [3000], rows);
            using var frames = new RankFrames(FrameSource.Read(store, new Delivery(10, 1, 0, Tail.Keep), mode), store, 1 << 20);
            var buffer = new byte[4096];
            Drain(100);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Drain(200);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 * 32);

            void Drain(int count)
            {
                for (var i = 0; i < count; i++)
                {
                    Assert.True(frames.Next());
                    while (frames.Read(buffer) > 0)
                    {
                    }
                }
            }
        }
    }

    private static void Check(List<DecodedFrame> decoded, Features.Flight.Serving.PlannedRead read, List<string> oracle, int maxBytes)
    {
        var batches = DecodedFrame.Batches(decoded);
        Assert.Equal((0, 0), (decoded[0].Rows, decoded[0].Message.DataBody.Length));
        Assert.Equal(decoded.Count - 1, batches.Count);
        var epoch = read.Order.InEpoch(read.Epoch);
        var at = 0;
        for (var step = 0L; step < read.Delivery.Steps; step++)
        {
            var (first, count) = read.Delivery.Step(step);
            for (var done = 0; done < count; done += batches[at++].Length)
            {
                var (frame, batch) = (decoded[at + 1], batches[at]);
                var samples = new long[batch.Length];
                epoch.Fill(first + done, samples);
                Assert.Equal(samples.Select(sample => oracle[(int)sample]), Cells.RowsOf(batch));
                Assert.Equal($"{{\"position\":{first + done},\"step\":{step}}}", frame.Message.AppMetadata.ToStringUtf8().TrimEnd());
                Assert.Equal((first + done, step, batch.Length), (frame.Position, frame.Step, frame.Rows));
                Assert.Equal(0, frame.BodyStart % 64);
                Assert.True(frame.Bytes <= maxBytes || batch.Length == 1);
            }
        }

        Assert.Equal(batches.Count, at);
    }
}
