using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Apache.Arrow;
using Apache.Arrow.Memory;
using Features.Flight.Client.Hpack;
using Features.Flight.Client.Http2;
using Features.Flight.Client.Memory;
using Features.Flight.Client.Messages;
using Features.Flight.Validation;
using Grpc.Core;

namespace Features.Flight.Client.Streams;

/// <summary>The record batches of one DoGet: received, checked and queued as they come, as far ahead of the consumer as its credit allows.</summary>
internal sealed class BatchStream : IStreamSink, IMessageSink, IAsyncDisposable
{
    // From here on a message is worth reads of its own.
    private const int BulkBytes = 64 << 10;

    private readonly Channel<ReceivedBatch> queue = Channel.CreateUnbounded<ReceivedBatch>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<SchemaShape> schema = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly GrpcResponse response = new();
    private readonly BodyPool pool;
    private readonly FlightDataReader reader;
    private readonly StreamCredit credit;
    private readonly Lock gate = new();
    private readonly Stack<ReceivedBatch> spare = [];
    private readonly Action<Http2Connection>? release;
    private readonly ITimer? deadline;
    private Http2Connection? connection;
    private Http2Stream? stream;
    private SchemaShape? shape;

    /// <param name="options">How far to read ahead, how large a message may be, and how long the stream may take.</param>
    /// <param name="release">Takes the connection back when the stream is done; null to leave it.</param>
    public BatchStream(DatasetClientOptions options, Action<Http2Connection>? release = null)
    {
        this.release = release;
        if (options.StreamTimeout is { } timeout)
        {
            deadline = options.Clock.CreateTimer(
                _ => Abort(new RpcException(new Status(StatusCode.DeadlineExceeded, $"the stream took longer than {timeout}"))), null, timeout, Timeout.InfiniteTimeSpan);
        }

        pool = new BodyPool(options.Allocator ?? MemoryAllocator.Default.Value);
        reader = new FlightDataReader(pool, options.MaxMessageBytes, this);
        credit = new StreamCredit(options.PrefetchBatches, options.PrefetchBytes);
    }

    Memory<byte> IStreamSink.Target => reader.Target;

    bool IStreamSink.ExpectsBulk => reader.MessageBytes >= BulkBytes;

    /// <summary>Bytes that were received and not handed out.</summary>
    public long HeldBytes => credit.Held;

    /// <summary>The columns, once the stream's first message has come.</summary>
    /// <exception cref="RpcException">The server refused, or broke off before.</exception>
    public Task<SchemaShape> SchemaAsync() => schema.Task;

    /// <summary>The next batch, which <see cref="Return"/> gives back; null at the end.</summary>
    /// <exception cref="RpcException">The server broke off.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReceivedBatch?> NextAsync()
    {
        ReceivedBatch? batch;
        while (!queue.Reader.TryRead(out batch))
        {
            if (!await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                return null;
            }
        }

        Grant(credit.Release(batch.MessageBytes));
        return batch;
    }

    /// <summary>Gives a batch's memory back, to be received into again.</summary>
    public void Return(ReceivedBatch batch)
    {
        if (batch.Release() is { } block)
        {
            pool.Return(block);
        }

        lock (gate)
        {
            spare.Push(batch);
        }
    }

    /// <summary>Ends the stream for its consumer: what waits for a batch or the schema fails with this.</summary>
    public void Abort(Exception cause)
    {
        schema.TrySetException(cause);
        queue.Writer.TryComplete(cause);
    }

    /// <summary>Ends the stream; batches that were handed out stay valid until they are returned.</summary>
    public async ValueTask DisposeAsync()
    {
        if (deadline is not null)
        {
            await deadline.DisposeAsync().ConfigureAwait(false);
        }

        if (connection is not null && stream is not null)
        {
            await connection.CancelAsync(stream).ConfigureAwait(false);
            release?.Invoke(connection);
            (connection, stream) = (null, null);
        }

        Abort(new ObjectDisposedException(nameof(BatchStream)));
        while (queue.Reader.TryRead(out var batch))
        {
            Return(batch);
        }

        reader.Dispose();
        pool.Dispose();

        // Observed, in case nobody waited for it.
        _ = schema.Task.Exception;
    }

    void IStreamSink.Opened(Http2Connection connection, Http2Stream stream) => (this.connection, this.stream) = (connection, stream);

    void IStreamSink.Advance(int count)
    {
        credit.Receive(count);
        reader.Advance(count);
    }

    void IStreamSink.Write(ReadOnlySpan<byte> bytes)
    {
        credit.Receive(bytes.Length);
        reader.Write(bytes);
        Grant(credit.Need(reader.MessageLeft));
    }

    void IStreamSink.Discarded(int count)
    {
        if (count > 0)
        {
            Grant(credit.Discard(count));
        }
    }

    void IStreamSink.Headers(IReadOnlyList<Header> headers, bool isEnd)
    {
        if (response.Headers(headers, isEnd) is { } status)
        {
            Complete(status);
        }
    }

    void IStreamSink.End() => Complete(GrpcResponse.WithoutStatus());

    void IStreamSink.Fail(Status status) => Complete(status);

    void IStreamSink.Detach() => reader.Dispose();

    void IMessageSink.Begin(int bytes) => credit.Expect(bytes);

    void IMessageSink.Message(ReadOnlySpan<byte> header, ReadOnlySpan<byte> metadata, BodyBlock? body, int bodyBytes, int messageBytes)
    {
        try
        {
            if (!Take(header, metadata, body, bodyBytes, messageBytes))
            {
                Drop(body);
                Grant(credit.Release(messageBytes));
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or IpcFormatException)
        {
            Drop(body);
            throw new RpcException(new Status(StatusCode.DataLoss, fault.Message, fault));
        }
    }

    private void Drop(BodyBlock? body)
    {
        if (body is not null)
        {
            pool.Return(body);
        }
    }

    private bool Take(ReadOnlySpan<byte> header, ReadOnlySpan<byte> metadata, BodyBlock? body, int bodyBytes, int messageBytes)
    {
        // A message may carry metadata alone.
        if (header.IsEmpty)
        {
            return false;
        }

        var message = MessageHeader.Read(header, bodyBytes, IpcLimits.Default);
        switch (message.Kind)
        {
            case MessageKind.Schema when shape is null:
                shape = new SchemaShape(new SchemaReader(IpcLimits.Default).Read(message.Content).Schema);
                schema.TrySetResult(shape);
                return false;
            case MessageKind.RecordBatch when shape is not null:
                var batch = Spare() ?? new ReceivedBatch(shape);
                batch.Read(message.Content, body, bodyBytes, messageBytes, BatchPlace.Read(metadata));
                if (!queue.Writer.TryWrite(batch))
                {
                    // Nobody reads any more.
                    batch.Release();
                    return false;
                }

                return true;
            default:
                throw new InvalidDataException($"the server sends a message of kind {message.Kind} {(shape is null ? "before" : "after")} the schema");
        }
    }

    private ReceivedBatch? Spare()
    {
        lock (gate)
        {
            return spare.TryPop(out var batch) ? batch : null;
        }
    }

    private void Complete(Status status)
    {
        if (status.StatusCode == StatusCode.OK && (shape is null || !reader.IsBetweenMessages))
        {
            status = new Status(StatusCode.DataLoss, shape is null ? "the stream ended before its schema" : "the stream ended inside of a message");
        }

        if (status.StatusCode == StatusCode.OK)
        {
            queue.Writer.TryComplete();
        }
        else
        {
            Abort(new RpcException(status));
        }
    }

    private void Grant(int bytes)
    {
        if (bytes > 0 && connection is not null && stream is not null)
        {
            connection.Grant(stream, bytes);
        }
    }
}
