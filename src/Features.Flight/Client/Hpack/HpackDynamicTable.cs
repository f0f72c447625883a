namespace Features.Flight.Client.Hpack;

/// <summary>The entries that a peer has added, the newest first (RFC 7541, section 2.3.2).</summary>
internal sealed class HpackDynamicTable(int maxSize)
{
    private readonly LinkedList<Header> entries = [];
    private int size;

    public int Count => entries.Count;

    public int MaxSize { get; private set; } = maxSize;

    public int Size => size;

    public Header At(int index) => entries.ElementAt(index);

    public void Add(Header entry)
    {
        Evict(MaxSize - entry.Size);
        if (entry.Size <= MaxSize)
        {
            entries.AddFirst(entry);
            size += entry.Size;
        }
    }

    public void Resize(int maxSize)
    {
        MaxSize = maxSize;
        Evict(maxSize);
    }

    private void Evict(int room)
    {
        while (size > room && entries.Last is { } oldest)
        {
            size -= oldest.Value.Size;
            entries.RemoveLast();
        }
    }
}
