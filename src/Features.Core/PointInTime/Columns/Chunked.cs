namespace Features.Core.PointInTime.Columns;

/// <summary>A column that grows by chunks of 65,536 rows, so that growing never copies; and a byte of validity for each row of a chunk in which one is null.</summary>
internal sealed class Chunked<T>
    where T : unmanaged
{
    public const int ChunkRows = 1 << ChunkBits;
    private const int ChunkBits = 16;
    private const int ChunkMask = ChunkRows - 1;

    private readonly List<T[]> chunks = [];
    private readonly List<bool[]?> nulls = [];

    public int Count { get; private set; }

    /// <summary>Bytes that are held.</summary>
    public long Bytes { get; private set; }

    public T this[int row]
    {
        get => chunks[row >> ChunkBits][row & ChunkMask];
        set => chunks[row >> ChunkBits][row & ChunkMask] = value;
    }

    public bool IsNull(int row) => nulls[row >> ChunkBits] is { } chunk && chunk[row & ChunkMask];

    public void Add(T value) => Extend(1)[0] = value;

    public void AddNull()
    {
        Extend(1)[0] = default;
        SetNull(Count - 1);
    }

    /// <summary>Room for the next rows, as many as the current chunk takes and at most <paramref name="most"/>; they count as added, and the caller writes them.</summary>
    public Span<T> Extend(int most)
    {
        var used = Count & ChunkMask;
        if (used == 0 && Count >> ChunkBits == chunks.Count)
        {
            chunks.Add(GC.AllocateUninitializedArray<T>(ChunkRows));
            nulls.Add(null);
            Bytes += (long)ChunkRows * System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        }

        var room = chunks[Count >> ChunkBits].AsSpan(used, Math.Min(most, ChunkRows - used));
        Count += room.Length;
        return room;
    }

    /// <summary>Makes a row null.</summary>
    public void SetNull(int row)
    {
        if (nulls[row >> ChunkBits] is not { } chunk)
        {
            nulls[row >> ChunkBits] = chunk = new bool[ChunkRows];
            Bytes += ChunkRows;
        }

        chunk[row & ChunkMask] = true;
    }

    /// <summary>The values of chunk <paramref name="chunk"/>, as far as it is filled.</summary>
    public ReadOnlySpan<T> Chunk(int chunk) => chunks[chunk].AsSpan(0, Math.Min(ChunkRows, Count - (chunk << ChunkBits)));

    public int ChunkCount => (Count + ChunkMask) >> ChunkBits;

    /// <summary>Takes all rows out. The chunks are kept for the next rows.</summary>
    public void Clear()
    {
        for (var chunk = 0; chunk < nulls.Count; chunk++)
        {
            if (nulls[chunk] is not null)
            {
                Bytes -= ChunkRows;
                nulls[chunk] = null;
            }
        }

        Count = 0;
    }
}
