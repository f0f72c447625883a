namespace Features.Flight.Client.Http2;

/// <summary>Bytes that were received and not yet consumed: frame headers, control frames and small messages, many of them a read.</summary>
internal sealed class ReceiveBuffer(int capacity)
{
    private readonly byte[] bytes = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
    private int start;
    private int end;

    public int Length => end - start;

    public ReadOnlySpan<byte> Unread => bytes.AsSpan(start, end - start);

    public void Consume(int count)
    {
        start += count;
        if (start == end)
        {
            (start, end) = (0, 0);
        }
    }

    /// <summary>Room for a read of at most <paramref name="most"/> bytes; never empty while less than the capacity is unread.</summary>
    public Memory<byte> Room(int most)
    {
        if (start > 0 && bytes.Length - end < most)
        {
            Unread.CopyTo(bytes);
            (start, end) = (0, end - start);
        }

        return bytes.AsMemory(end, Math.Min(most, bytes.Length - end));
    }

    public void Received(int count) => end += count;
}
