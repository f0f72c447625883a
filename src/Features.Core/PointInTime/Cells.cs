namespace Features.Core.PointInTime;

/// <summary>A column that grows by chunks, so that growing never copies: 8 bytes a row, and a byte of validity once a row is null.</summary>
internal sealed class Cells
{
    private const int ChunkBits = 16;
    private const int ChunkMask = (1 << ChunkBits) - 1;

    private readonly List<long[]> chunks = [];
    private readonly List<bool[]?> nulls = [];

    public int Count { get; private set; }

    public long this[int row] => chunks[row >> ChunkBits][row & ChunkMask];

    public bool IsNull(int row) => nulls[row >> ChunkBits] is { } chunk && chunk[row & ChunkMask];

    public void Add(long cell)
    {
        if (Count >> ChunkBits == chunks.Count)
        {
            chunks.Add(GC.AllocateUninitializedArray<long>(1 << ChunkBits));
            nulls.Add(null);
        }

        chunks[^1][Count & ChunkMask] = cell;
        Count++;
    }

    public void AddNull()
    {
        Add(0);
        (nulls[^1] ??= new bool[1 << ChunkBits])[(Count - 1) & ChunkMask] = true;
    }
}
