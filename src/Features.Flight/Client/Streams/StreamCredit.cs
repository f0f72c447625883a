namespace Features.Flight.Client.Streams;

/// <summary>
/// How much the server may send ahead of the consumer: so many messages of the largest size seen, or so many bytes, whichever is more; and always the
/// rest of a message that has begun. What is counted is HTTP/2's window.
/// </summary>
/// <param name="messages">Messages ahead.</param>
/// <param name="leastBytes">Bytes ahead in any case; the window that the stream begins with.</param>
internal sealed class StreamCredit(int messages, int leastBytes)
{
    private readonly Lock gate = new();
    private long outstanding = leastBytes;
    private long held;
    private long largest;
    private long due;

    /// <summary>Bytes that came and were not handed out. Never more than the bound that the type states.</summary>
    public long Held
    {
        get
        {
            lock (gate)
            {
                return held;
            }
        }
    }

    /// <summary>A message of so many bytes begins.</summary>
    public void Expect(int bytes)
    {
        lock (gate)
        {
            largest = Math.Max(largest, bytes);
        }
    }

    /// <summary>The message that is coming lacks so many bytes.</summary>
    /// <returns>Bytes to grant to the server now; 0 for none.</returns>
    public int Need(int bytes)
    {
        lock (gate)
        {
            due = bytes;
            return Grant();
        }
    }

    /// <summary>Bytes of messages came.</summary>
    public void Receive(int bytes)
    {
        lock (gate)
        {
            outstanding -= bytes;
            held += bytes;
            due = Math.Max(0, due - bytes);
        }
    }

    /// <summary>Bytes came that nobody holds.</summary>
    public int Discard(int bytes)
    {
        lock (gate)
        {
            outstanding -= bytes;
            return Grant();
        }
    }

    /// <summary>A message was handed out, or is of no more use.</summary>
    public int Release(int bytes)
    {
        lock (gate)
        {
            held -= bytes;
            return Grant();
        }
    }

    // In large parts, for each is a frame to send; but a message that has begun must be able to end.
    private int Grant()
    {
        var bound = Math.Min(int.MaxValue, Math.Max(leastBytes, messages * largest));
        var grant = bound - held - outstanding;
        if (grant >= bound / 4)
        {
            outstanding += grant;
            return (int)grant;
        }

        if (due > outstanding)
        {
            grant = due - outstanding;
            outstanding = due;
            return (int)grant;
        }

        return 0;
    }
}
