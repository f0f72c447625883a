using System.Text;
using System.Text.Json;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Features.Flight.Tests.Serving.Put;

/// <summary>DoPut by hand: whatever bytes a test wants, in whatever order.</summary>
internal sealed class PutCall : IDisposable
{
    private readonly GrpcChannel channel;
    private readonly AsyncDuplexStreamingCall<FlightData, PutResult> call;

    public PutCall(Uri address, string? subject = null)
    {
        channel = GrpcChannel.ForAddress(address);
        call = new FlightService.FlightServiceClient(channel).DoPut(subject is null ? null : new Metadata { { "x-subject", subject } }, cancellationToken: TestContext.Current.CancellationToken);
    }

    public static FlightDescriptor To(string json) => new() { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = ByteString.CopyFrom(Encoding.UTF8.GetBytes(json)) };

    public Task SendAsync(byte[] header, byte[] body, FlightDescriptor? descriptor = null) => SendAsync(new FlightData
    {
        FlightDescriptor = descriptor,
        DataHeader = ByteString.CopyFrom(header),
        DataBody = ByteString.CopyFrom(body),
    });

    public Task SendAsync(FlightData message) => call.RequestStream.WriteAsync(message);

    /// <summary>Ends the stream and reads the results.</summary>
    public async Task<List<JsonElement>> EndAsync()
    {
        await call.RequestStream.CompleteAsync();
        return await ResultsAsync();
    }

    public async Task<List<JsonElement>> ResultsAsync()
    {
        var results = new List<JsonElement>();
        await foreach (var result in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            results.Add(JsonDocument.Parse(result.AppMetadata.Memory).RootElement.Clone());
        }

        return results;
    }

    /// <summary>The refusal that the call ends with, whatever could still be sent.</summary>
    public async Task<Status> RefusalAsync()
    {
        try
        {
            await ResultsAsync();
            return Status.DefaultSuccess;
        }
        catch (RpcException refusal)
        {
            return refusal.Status;
        }
    }

    public void Dispose()
    {
        call.Dispose();
        channel.Dispose();
    }
}
