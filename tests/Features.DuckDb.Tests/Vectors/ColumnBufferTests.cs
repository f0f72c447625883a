using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow;
using CsCheck;
using Features.DuckDb.Vectors;

namespace Features.DuckDb.Tests.Vectors;

public class ColumnBufferTests
{
    [Fact]
    public void Take_AnyPiecesAndLifetimes_GivesEachBuffersOwnBytes() =>
        Gen.Select(Gen.Byte.Array[0, 9000].List[0, 6], Gen.Bool).List[1, 30].Sample(
            takes =>
            {
                var column = new ColumnBuffer();
                var living = new List<(ArrowBuffer Buffer, byte[] Expected)>();
                foreach (var (pieces, isDisposed) in takes)
                {
                    pieces.ForEach(piece => piece.CopyTo(column.Extend(piece.Length)));
                    living.Add((column.Take(), [.. pieces.SelectMany(piece => piece)]));
                    if (isDisposed)
                    {
                        living[living.Count / 2].Buffer.Dispose();
                        living.RemoveAt(living.Count / 2);
                    }
                }

                Assert.All(living, taken => Assert.Equal(taken.Expected, taken.Buffer.Span.ToArray()));
                living.ForEach(taken => taken.Buffer.Dispose());
            },
            iter: 50);

    [Fact]
    public void Take_Nothing_IsEmpty() => Assert.True(new ColumnBuffer().Take().IsEmpty);

    [Fact]
    public void Take_AfterABatchWasDisposed_FillsTheSameMemory()
    {
        var column = new ColumnBuffer();
        var bytes = new byte[12_345_677];
        Random(bytes, 1).CopyTo(column.Extend(bytes.Length));
        var first = column.Take();
        var address = AddressOf(first);
        first.Dispose();
        Random(bytes, 2).CopyTo(column.Extend(bytes.Length));
        using var second = column.Take();

        Assert.Equal(address, AddressOf(second));
        Assert.Equal(0, address % 64);
        Assert.Equal(bytes, second.Span.ToArray());
    }

    [Fact]
    public void Memory_OfABufferThatWasDisposed_IsRefused()
    {
        var column = new ColumnBuffer();
        column.Extend(100).Fill(1);
        var taken = column.Take();
        var memory = taken.Memory;
        taken.Dispose();
        taken.Dispose();

        Assert.Throws<ObjectDisposedException>(() => memory.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => memory.Pin());
    }

    [Fact]
    public void Dispose_OfPinnedMemory_IsRefused()
    {
        var column = new ColumnBuffer();
        column.Extend(100).Fill(7);
        var taken = column.Take();
        using (taken.Memory.Pin())
        {
            Assert.Throws<InvalidOperationException>(() => taken.Dispose());
            Assert.Equal(7, taken.Span[99]);
        }

        taken.Dispose();
    }

    private static byte[] Random(byte[] bytes, int seed)
    {
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static long AddressOf(ArrowBuffer buffer) => Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(buffer.Span));
}
