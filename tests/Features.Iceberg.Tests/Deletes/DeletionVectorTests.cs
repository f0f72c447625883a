using System.Buffers.Binary;
using System.IO.Hashing;
using Features.Testing;

namespace Features.Iceberg.Deletes;

/// <summary>Deletion vectors as Java writes them, and damaged ones.</summary>
public sealed class DeletionVectorTests
{
    public static TheoryData<string, long, long[]> Blobs() => new()
    {
        { "empty-position-index.bin", 0, [] },
        { "small-alternating-values-position-index.bin", 5, [1, 3, 5, 7, 9] },
        { "small-and-large-values-position-index.bin", 4, [100, 101, 2147483747, 2147483748] },
        { "all-container-types-position-index.bin", 132_561, [5, 7, 65_537] },
    };

    [Theory]
    [MemberData(nameof(Blobs))]
    public void Blob_OfJava_IsReadAndWrittenTheSame(string name, long count, long[] first)
    {
        var blob = Golden(name);
        var positions = DeletionVector.Read(blob);
        Assert.Equal(count, positions.Count);
        Assert.Equal(first, positions.Take(first.Length));
        Assert.Equal(blob, DeletionVector.Write(positions));
    }

    [Fact]
    public void Blob_OfAllContainers_EndsWhereJavaSays() =>
        Assert.Equal(4_295_163_902, DeletionVector.Read(Golden("all-container-types-position-index.bin")).Last());

    [Theory]
    [InlineData("64map32bitvals.bin", 10, 9)]
    [InlineData("64mapspreadvals.bin", 100, 38_654_705_673)]
    public void Bitmap_OfJava_IsRead(string name, long count, long last)
    {
        var positions = RoaringFormat.Read(Golden(name));
        Assert.Equal(count, positions.Count);
        Assert.Equal(last, positions.Last());
    }

    [Fact]
    public void Bitmap_WithoutPositions_IsRead() => Assert.Empty(RoaringFormat.Read(Golden("64mapempty.bin")));

    [Fact]
    public void Bitmap_WithKeysOfMoreThan31Bits_IsRefused() =>
        Assert.Contains("key", Assert.Throws<InvalidDataException>(() => RoaringFormat.Read(Golden("64maphighvals.bin"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Blob_WithAnyByteChanged_IsRefusedByItsChecksum() => Gen.Select(Gen.Int[0, 1000], Gen.Byte[1, 255]).Sample((at, change) =>
    {
        var blob = DeletionVector.Write(DeletedPositions.Of([1, 5, 70_000, 1L << 33]));
        blob[at % blob.Length] ^= change;
        Assert.Throws<InvalidDataException>(() => DeletionVector.Read(blob));
    });

    [Fact]
    public void Blob_DamagedUnderAFittingChecksum_GivesPositionsOrATypedError() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 4], Gen.Bool).Sample(
            (seed, changes, isCut) =>
            {
                var random = new Random(seed);
                var blob = DeletionVector.Write(DeletedPositions.Of(Enumerable.Range(0, 5000).Select(i => (long)i * 2).Concat(Enumerable.Range(100_000, 3000).Select(i => (long)i)).Append(1L << 34)));
                for (; changes > 0; changes--)
                {
                    blob[random.Next(random.Next(2) == 0 ? 60 : blob.Length)] = (byte)random.Next(256);
                }

                if (isCut)
                {
                    blob = blob[..random.Next(12, blob.Length)];
                }

                BinaryPrimitives.WriteUInt32BigEndian(blob, (uint)(blob.Length - 8));
                BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(blob.Length - 4), Crc32.HashToUInt32(blob.AsSpan(4, blob.Length - 8)));
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    Assert.InRange(DeletionVector.Read(blob).Count, 0, long.MaxValue);
                }
                catch (InvalidDataException)
                {
                    // As it should be.
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            },
            iter: 2_000);

    [Fact]
    public void Blob_ThatClaimsTooMuch_IsRefusedWithoutMemory()
    {
        // A 64-bit count of bitmaps, and a 32-bit count of containers, with nothing behind them.
        Assert.Throws<InvalidDataException>(() => RoaringFormat.Read([255, 255, 255, 255, 255, 255, 255, 127]));
        Assert.Throws<InvalidDataException>(() => RoaringFormat.Read([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3A, 0x30, 0, 0, 0, 0, 1, 0]));
    }

    private static byte[] Golden(string name)
    {
        var path = Fixtures.Find("iceberg", "iceberg-java", "deletes", name);
        Assert.SkipWhen(path is null, "the Iceberg fixtures are not here");
        return File.ReadAllBytes(path!);
    }
}
