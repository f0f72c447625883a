using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Features.Server.Online;

/// <summary>A request's whole body, in the pipe's own memory.</summary>
internal readonly struct RequestBody : IDisposable
{
    private readonly PipeReader reader;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> bytes) => (this.reader, Bytes) = (reader, bytes);

    /// <summary>What was sent; valid until this is disposed.</summary>
    public ReadOnlySequence<byte> Bytes { get; }

    /// <exception cref="OnlineFault">It is longer than allowed, announced or not.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, long maxBytes)
    {
        var reader = context.Request.BodyReader;
        while (context.Request.ContentLength is not { } announced || announced <= maxBytes)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                break;
            }

            if (read.IsCompleted)
            {
                return new RequestBody(reader, read.Buffer);
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        throw OnlineFault.TooLarge($"the body is larger than {maxBytes >> 20} MiB; send fewer rows at once, or raise online.max_body_mb");
    }

    public void Dispose() => reader.AdvanceTo(Bytes.End);
}
