namespace Features.Core.Online;

/// <summary>
/// What a view holds of one key: the rows that can still be the latest at a moment from the frontier on, and for windows the rows of late, together with <see cref="Chunk"/>s of older ones.
/// Within each list rows stand in the view's order.
/// </summary>
internal sealed class KeyEntry
{
    private const byte Format = 1;

    /// <summary>The first moment at which any row of the key was known; before it the key is not found.</summary>
    public long FoundFrom { get; set; } = long.MaxValue;

    /// <summary>Rows that can be the latest, in their order; each is known later than the ones before it.</summary>
    public List<StoredRow> Candidates { get; } = [];

    /// <summary>Rows for windows that are in no chunk, in their order.</summary>
    public List<StoredRow> Rows { get; } = [];

    /// <summary>Chunks, in the order of their events; they do not overlap, and all their rows are known at the frontier and happened before it.</summary>
    public List<Chunk> Chunks { get; } = [];

    /// <summary>How many chunks were ever made for the key by the step that wrote it last.</summary>
    public int ChunksMade { get; set; }

    public void Clear()
    {
        FoundFrom = long.MaxValue;
        Candidates.Clear();
        Rows.Clear();
        Chunks.Clear();
        ChunksMade = 0;
    }

    public byte[] ToBytes(ViewLayout layout)
    {
        var writer = new ByteWriter();
        writer.Byte(Format).Fixed64(FoundFrom);
        StoredRow.Write(writer, Candidates);
        StoredRow.Write(writer, Rows);
        writer.Count(Chunks.Count).Count(ChunksMade);
        foreach (var chunk in Chunks)
        {
            chunk.Write(writer, layout);
        }

        return writer.ToArray();
    }

    /// <summary>Reads an entry in place of what this one is; rows and chunks keep pointing into the bytes.</summary>
    public void Read(ReadOnlyMemory<byte> bytes, ViewLayout layout)
    {
        Clear();
        var cursor = new ByteCursor(bytes);
        if (cursor.Byte() is var format && format != Format)
        {
            throw new OnlineException($"an entry of the online store is of format {format}, which this version does not know; materialise the view again");
        }

        FoundFrom = cursor.Fixed64();
        StoredRow.Read(ref cursor, Candidates);
        StoredRow.Read(ref cursor, Rows);
        var chunks = cursor.Count();
        ChunksMade = (int)cursor.Count();
        for (var c = 0L; c < chunks; c++)
        {
            Chunks.Add(Chunk.Read(ref cursor, layout));
        }
    }
}
