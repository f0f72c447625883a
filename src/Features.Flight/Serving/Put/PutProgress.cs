using System.Text.Json;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Serving.Put;

/// <summary>
/// Tells a client how far its put is. A client need not read while it sends: what it has not taken up is not added to, so that the two can never wait for
/// each other.
/// </summary>
internal sealed class PutProgress(IServerStreamWriter<PutResult> results, long everyBytes)
{
    private Task sent = Task.CompletedTask;
    private long rows;
    private long told;

    public void Took(int count, long bytes)
    {
        rows += count;
        if (bytes - told >= everyBytes && sent.IsCompleted)
        {
            told = bytes;
            sent = results.WriteAsync(new PutResult { AppMetadata = UnsafeByteOperations.UnsafeWrap(JsonSerializer.SerializeToUtf8Bytes(new { state = "receiving", rows, bytes })) });
        }
    }

    public async Task EndAsync(PutReceipt receipt, CancellationToken cancellationToken)
    {
        await sent.ConfigureAwait(false);
        await results.WriteAsync(new PutResult { AppMetadata = UnsafeByteOperations.UnsafeWrap(receipt.ToJson()) }, cancellationToken).ConfigureAwait(false);
    }
}
