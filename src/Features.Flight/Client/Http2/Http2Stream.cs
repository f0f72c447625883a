namespace Features.Flight.Client.Http2;

/// <summary>One call on a connection. Its members belong to the connection, and change under its lock.</summary>
internal sealed class Http2Stream(int id, IStreamSink sink, ReadOnlyMemory<byte> request, long sendWindow, long receiveWindow)
{
    private readonly TaskCompletionSource detached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long window = receiveWindow;

    public int Id { get; } = id;

    public IStreamSink Sink { get; } = sink;

    /// <summary>What of the request's body waits for the server's window.</summary>
    public ReadOnlyMemory<byte> Request { get; set; } = request;

    /// <summary>Bytes that the server lets us send on this stream; negative if it took a window back.</summary>
    public long SendWindow { get; set; } = sendWindow;

    /// <summary>The receiving side is inside of the sink, or of its memory.</summary>
    public bool IsBusy { get; set; }

    /// <summary>The sink is not to be called again; what still comes is dropped.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>Done when the sink has been called for the last time.</summary>
    public Task Detached => detached.Task;

    /// <summary>Bytes that the server may still send.</summary>
    public long ReceiveWindow => Interlocked.Read(ref window);

    public void Grant(long bytes) => Interlocked.Add(ref window, bytes);

    public bool TrySpend(int bytes) => Interlocked.Add(ref window, -bytes) >= 0;

    public void Detach()
    {
        if (!detached.Task.IsCompleted)
        {
            Sink.Detach();
            detached.SetResult();
        }
    }
}
