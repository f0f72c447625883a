using System.Collections;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Layout;

namespace Features.Flight.Tests.Layout;

public class BitsTests
{
    [Fact]
    public void Runs_OfAnyBitsAtAnyPlaces_AreCopiedBitByBit() =>
        Gen.Select(Gen.Bool.List[1, 300], Gen.Select(Gen.Double.Unit, Gen.Double.Unit).List[1, 12]).Sample(
            (bits, picks) =>
            {
                var schema = new Schema.Builder().Field(new Field("bit", BooleanType.Default, false)).Build();
                var packed = new byte[Bits.BytesFor(bits.Count)];
                new BitArray(bits.ToArray()).CopyTo(packed, 0);
                using var builder = new ColumnStoreBuilder(schema, new CountingAllocator());
                var expected = new List<bool>();
                foreach (var (from, length) in picks)
                {
                    var first = (int)(from * bits.Count);
                    var count = (int)(length * (bits.Count - first));
                    builder.Add(new RecordBatch(schema, [new BooleanArray(new ArrowBuffer(packed), ArrowBuffer.Empty, count, 0, first)], count));
                    expected.AddRange(bits.Skip(first).Take(count));
                }

                if (expected.Count == 0)
                {
                    return;
                }

                builder.Complete();
                using var store = builder.Build();
                using var body = new BatchBody();
                using var arena = new MemoryArena(new CountingAllocator());
                var rows = RowSet.Rent(expected.Count, body.Scratch);
                Enumerable.Range(0, expected.Count).Select(i => (long)i).ToArray().CopyTo(rows.Places);
                store.Column(0).Lay(rows, body);
                var array = new BooleanArray(new BatchArrays(body, arena).Next(BooleanType.Default));
                Assert.Equal(expected, Enumerable.Range(0, expected.Count).Select(i => array.GetValue(i)!.Value));
                Assert.Equal(expected.Count(bit => bit), Bits.Count(array.Data.Buffers[1].Span));
            },
            iter: 300);
}
