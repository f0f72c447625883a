namespace Features.Iceberg.Deletes;

/// <summary>Sets of positions against a sorted set, built, unpacked from blobs and packed again.</summary>
public sealed class DeletedPositionsTests
{
    private static readonly long[] Edges = [0, 65_535, 65_536, uint.MaxValue, 1L << 32, DeletedPositions.Highest];

    /// <summary>Positions that fall into arrays, bitmaps and runs, at the edges of containers and of 32 bits.</summary>
    private static readonly Gen<long[]> Positions = Gen.OneOf(
        Gen.Long[0, 200].Array[0, 50],
        Gen.Select(Gen.Long[0, 5], Gen.Int[0, 70_000], Gen.Int[1, 9_000], Gen.Int[1, 3], (high, start, count, step) => Enumerable.Range(0, count).Select(i => (high << 32) + start + ((long)i * step)).ToArray()),
        Gen.Long[0, DeletedPositions.Highest].Array[0, 20],
        Gen.Int[0, 5].Select(i => Edges[i]).Array[0, 6]);

    [Fact]
    public void Set_HoldsWhatWasAddedAscending_ThroughABlobToo() => Gen.Select(Positions, Positions, Gen.Long[0, DeletedPositions.Highest].Array[5]).Sample(
        (first, second, others) =>
        {
            var model = new SortedSet<long>(first.Concat(second));
            var set = DeletedPositions.Of(first.Concat(second));
            Check(model, set, others);
            var read = DeletionVector.Read(DeletionVector.Write(set));
            Check(model, read, others);

            // What was read can be added to, whatever form its containers have.
            Assert.All(others, o => Assert.True(read.TryAdd(o)));
            model.UnionWith(others);
            Check(model, read, others);
            Check(model, DeletedPositions.Union([DeletedPositions.Of(first), DeletedPositions.Of(second), DeletedPositions.Of(others)])!, others);
        },
        iter: 200);

    [Theory]
    [InlineData(-1)]
    [InlineData(DeletedPositions.Highest + 1)]
    [InlineData(long.MaxValue)]
    public void Position_OutsideAFile_IsRefused(long position) => Assert.Throws<InvalidTableArgumentException>(() => DeletedPositions.Of([position]));

    private static void Check(SortedSet<long> model, DeletedPositions set, long[] others)
    {
        Assert.Equal(model.Count, set.Count);
        Assert.Equal(model, set);
        Assert.True(model.All(set.Contains));
        Assert.True(others.Concat(model.Select(p => p + 1)).All(p => model.Contains(p) == set.Contains(p)));
    }
}
