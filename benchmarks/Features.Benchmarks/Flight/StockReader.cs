using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Features.Flight.Protocol;
using Grpc.Net.Client;
using FlightDescriptor = Apache.Arrow.Flight.FlightDescriptor;

namespace Features.Benchmarks.Flight;

/// <summary>The client of the package Apache.Arrow.Flight, as a job would use it.</summary>
internal static class StockReader
{
    /// <param name="address">The server.</param>
    /// <param name="request">What to ask of our server; null for the stock one, which has one data set.</param>
    public static async Task<long> ReadAsync(Uri address, DatasetRequest? request)
    {
        using var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var client = new FlightClient(channel);
        var ticket = request is null
            ? new FlightTicket(ServeData.Tensor)
            : (await client.GetInfo(FlightDescriptor.CreateCommandDescriptor(request.ToJson().ToArray()))).Endpoints.Single().Ticket;
        using var call = client.GetStream(ticket);
        var batches = 0L;
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            using var batch = call.ResponseStream.Current;
            batches++;
        }

        return batches;
    }
}
