namespace Features.Ordering.Tests;

public class FeistelRunTests
{
    private static readonly Gen<ulong> Counts = Gen.OneOf(Gen.Int[1, 600].Select(n => (ulong)n), Gen.Int[0, 62].Select(bits => 1UL << bits), Gen.ULong[1, 1UL << 62]);

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    [InlineData(1)]
    public void Map_VectorsOfAnyWidth_GiveWhatOnePositionGives(int width) =>
        Gen.Select(Counts, Gen.ULong, Gen.ULong, Gen.Int[0, 700], Gen.ULong).Sample((count, seed, epoch, length, where) =>
        {
            var network = new Feistel(count, seed, epoch);
            var positions = Enumerable.Range(0, length).Select(i => (where + ((ulong)i * 0x9E3779B97F4A7C15)) % count).ToArray();
            var values = positions.ToArray();
            FeistelRun.Map(network, values, width);
            Assert.Equal(positions.Select(position => network.At(position)), values);
        });

    [Fact]
    public void Fill_AnyRun_GivesWhatOnePositionGives() =>
        Gen.Select(Counts, Gen.ULong, Gen.Int[0, 700], Gen.Double.Unit).Sample((count, seed, length, where) =>
        {
            var network = new Feistel(count, seed, 1);
            var values = new ulong[(int)Math.Min((ulong)length, count)];
            var first = (ulong)(where * (count - (ulong)values.Length));
            FeistelRun.Fill(network, first, values);
            Assert.Equal(values.Select((_, i) => network.At(first + (ulong)i)), values);
        });

    [Fact]
    public void PositionOf_AnyValue_IsWhereItStands() =>
        Gen.Select(Counts, Gen.ULong, Gen.ULong, Gen.ULong).Sample((count, seed, epoch, position) =>
        {
            var network = new Feistel(count, seed, epoch);
            Assert.Equal(position % count, network.PositionOf(network.At(position % count)));
        });
}
