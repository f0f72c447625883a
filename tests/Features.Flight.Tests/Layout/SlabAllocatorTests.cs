using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Features.Flight.Layout;

namespace Features.Flight.Tests.Layout;

public class SlabAllocatorTests
{
    [Fact]
    public void Allocate_AnyLengthsAndLifetimes_GivesPiecesThatDoNotTouch() =>
        Gen.Select(Gen.Int[1, 3_000_000], Gen.Bool).List[1, 60].Sample(
            pieces =>
            {
                var allocator = new SlabAllocator();
                var living = new List<(IMemoryOwner<byte> Owner, byte Mark)>();
                foreach (var (length, isReturned) in pieces)
                {
                    var owner = allocator.Allocate(length);
                    var mark = (byte)(living.Count + 1);
                    Assert.Equal(length, owner.Memory.Length);
                    Assert.Equal(0, AddressOf(owner.Memory) % 64);
                    owner.Memory.Span.Fill(mark);
                    living.Add((owner, mark));
                    if (isReturned)
                    {
                        living[living.Count / 2].Owner.Dispose();
                        living.RemoveAt(living.Count / 2);
                    }
                }

                Assert.All(living, piece => Assert.Equal(-1, piece.Owner.Memory.Span.IndexOfAnyExcept(piece.Mark)));
                living.ForEach(piece => piece.Owner.Dispose());
            },
            iter: 20);

    [Fact]
    public void Allocate_MoreThanASlab_IsOnePiece()
    {
        using var owner = new SlabAllocator().Allocate(100 << 20);
        owner.Memory.Span[0] = 1;
        owner.Memory.Span[^1] = 2;
        Assert.Equal((1, 2), (owner.Memory.Span[0], owner.Memory.Span[^1]));
    }

    [Fact]
    public void Memory_OfAPieceThatWasGivenBack_IsRefused()
    {
        var owner = new SlabAllocator().Allocate(10);
        var memory = owner.Memory;
        owner.Dispose();
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Span.Length);
    }

    private static long AddressOf(Memory<byte> memory) => Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(memory.Span));
}
