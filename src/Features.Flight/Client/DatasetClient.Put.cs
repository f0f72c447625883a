using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Client;

public sealed partial class DatasetClient
{
    // Under the 32 MiB that a service takes by default, with room for what a message has besides.
    private const long PutMessageBytes = 16 << 20;
    private const int IpcPrefixBytes = 8;

    /// <summary>
    /// Sends rows to a table or push source. They are committed together when this returns, or not at all. If it fails on the way, send the same rows in the same batches under the same
    /// <see cref="PutRequest.Id"/> again: they count once.
    /// </summary>
    /// <param name="request">Where they go.</param>
    /// <param name="schema">Their columns. Dictionaries are sent decoded.</param>
    /// <param name="rows">The rows; each batch is disposed when it was sent.</param>
    /// <param name="received">Told now and then how many rows the service has received; null for nobody.</param>
    /// <param name="cancellationToken">Breaks off: nothing is committed, unless all was sent already.</param>
    /// <exception cref="FlightCallException">The service refused them, or could not be reached; its message says what to change.</exception>
    public async Task<PutReceipt> PutAsync(PutRequest request, Schema schema, IAsyncEnumerable<RecordBatch> rows, IProgress<long>? received, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(rows);
        using var call = control.To(Address).DoPut(Headers(), cancellationToken: cancellationToken);
        var results = ReceiptAsync(call.ResponseStream, received, cancellationToken);
        try
        {
            await SendAsync(call.RequestStream, request, schema, rows, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // The rows themselves could not be had: nothing of them shall be committed.
            call.Dispose();
            await ((Task)results).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await CallAsync(() => results, cancellationToken).ConfigureAwait(false);
    }

    private static async Task SendAsync(IClientStreamWriter<FlightData> messages, PutRequest request, Schema schema, IAsyncEnumerable<RecordBatch> rows, CancellationToken cancellationToken)
    {
        var plain = PlainColumns.Of(schema);
        using var buffer = new MemoryStream();
        using var writer = new ArrowStreamWriter(buffer, plain, leaveOpen: true);
        writer.WriteStart();
        var first = Message(buffer);
        first.FlightDescriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = UnsafeByteOperations.UnsafeWrap(request.ToJson()) };
        var isOpen = await TrySendAsync(messages, first).ConfigureAwait(false);
        await foreach (var batch in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                using var decoded = PlainColumns.Decode(batch, plain);
                var step = (int)Math.Clamp(PutMessageBytes * decoded.Length / Math.Max(1, decoded.Arrays.Sum(array => ArrowBytes.Of(array.Data))), 1, Math.Max(1, decoded.Length));
                for (var row = 0; isOpen && row < decoded.Length; row += step)
                {
                    using var part = decoded.Slice(row, Math.Min(step, decoded.Length - row));
                    writer.WriteRecordBatch(part);
                    isOpen = await TrySendAsync(messages, Message(buffer)).ConfigureAwait(false);
                }
            }

            if (!isOpen)
            {
                return;
            }
        }

        await messages.CompleteAsync().ConfigureAwait(false);
    }

    // False if the service ended the call: why is in the call's status, with which its results end.
    private static async Task<bool> TrySendAsync(IClientStreamWriter<FlightData> messages, FlightData message)
    {
        try
        {
            await messages.WriteAsync(message).ConfigureAwait(false);
            return true;
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            return false;
        }
    }

    // What the writer has written since: its prefix, a header and a body. gRPC has copied it when the write returns.
    private static FlightData Message(MemoryStream buffer)
    {
        var written = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        var header = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(written.Span[(IpcPrefixBytes / 2)..]);
        buffer.SetLength(0);
        return new FlightData
        {
            DataHeader = UnsafeByteOperations.UnsafeWrap(written.Slice(IpcPrefixBytes, header)),
            DataBody = UnsafeByteOperations.UnsafeWrap(written[(IpcPrefixBytes + header)..]),
        };
    }

    private static async Task<PutReceipt> ReceiptAsync(IAsyncStreamReader<PutResult> results, IProgress<long>? received, CancellationToken cancellationToken)
    {
        PutReceipt? receipt = null;
        while (await results.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            using var json = JsonDocument.Parse(results.Current.AppMetadata.Memory);
            if (json.RootElement.GetProperty("state").GetString() == "done")
            {
                receipt = PutReceipt.Parse(json.RootElement);
            }
            else
            {
                received?.Report(json.RootElement.GetProperty("rows").GetInt64());
            }
        }

        return receipt ?? throw new RpcException(new Status(StatusCode.DataLoss, "the service ended the put without saying what became of the rows; send them again under the same id"));
    }
}
