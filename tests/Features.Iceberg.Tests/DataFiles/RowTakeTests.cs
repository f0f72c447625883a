using Apache.Arrow;
using Features.Iceberg.Conformance;

namespace Features.Iceberg.DataFiles;

public sealed class RowTakeTests
{
    [Fact]
    public void Rows_OfAnySchemaSlicedAndTaken_AreTheRowsChosen() => AnyTable.Schema
        .SelectMany(s => AnyTable.RowsOf(s, 40), (s, r) => (s, r))
        .SelectMany(c => Gen.Select(Gen.Int[0, c.r.Count], Gen.Int[0, 1_000_000]), (c, x) => (c.s, c.r, Start: x.Item1, Seed: x.Item2))
        .Sample(c =>
        {
            var whole = Rows.ToBatch(c.s, c.r);
            var sliced = new RecordBatch(whole.Schema, whole.Arrays.Select(a => ArrowArrayFactory.Slice(a, c.Start, c.r.Count - c.Start)), c.r.Count - c.Start);
            var random = new Random(c.Seed);
            int[] chosen = sliced.Length == 0 ? [] : [.. Enumerable.Range(0, random.Next(50)).Select(_ => random.Next(sliced.Length))];

            var taken = RowTake.Of(sliced, chosen);

            Assert.Equal(chosen.Select(i => Rows.Text(c.r[c.Start + i])), Rows.Of(taken, c.s).Select(r => Rows.Text(r)));
            Assert.All(taken.Arrays, a => Assert.Equal(Enumerable.Range(0, a.Length).Count(i => a.IsNull(i)), a.NullCount));
        });

    [Fact]
    public void Batches_OfAnySchemaConcatenated_AreTheirRows() => AnyTable.Schema
        .SelectMany(s => Gen.Select(AnyTable.RowsOf(s, 20), AnyTable.RowsOf(s, 20)), (s, r) => (s, First: r.Item1, Second: r.Item2))
        .Sample(c =>
        {
            var (a, b) = (Rows.ToBatch(c.s, c.First), Rows.ToBatch(c.s, c.Second));
            var sliced = new RecordBatch(a.Schema, a.Arrays.Select(x => ArrowArrayFactory.Slice(x, c.First.Count / 2, c.First.Count - (c.First.Count / 2))), c.First.Count - (c.First.Count / 2));
            var both = new RecordBatch(a.Schema, Enumerable.Range(0, a.ColumnCount).Select(i => ArrowArrayConcatenator.Concatenate([sliced.Column(i), b.Column(i)])), sliced.Length + b.Length);
            Assert.Equal(c.First.Skip(c.First.Count / 2).Concat(c.Second).Select(r => Rows.Text(r)), Rows.Of(both, c.s).Select(r => Rows.Text(r)));
        });
}
