using Apache.Arrow;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Server;
using Grpc.Core;

namespace Features.Benchmarks.Flight;

/// <summary>The same tensors in stored order from the stock package's server: batches that lie ready in memory.</summary>
internal sealed class StockServer : FlightServer
{
    private readonly RecordBatch[] batches;

    public StockServer(ServeOptions options) =>
        batches = [.. Enumerable.Range(0, (int)((options.Rows + options.Batch - 1) / options.Batch)).Select(i =>
            ServeData.TensorRows((long)i * options.Batch, (int)Math.Min(options.Batch, options.Rows - ((long)i * options.Batch)), options.Width))];

    public override Task<FlightInfo> GetFlightInfo(FlightDescriptor request, ServerCallContext context) =>
        Task.FromResult(new FlightInfo(batches[0].Schema, request, [new FlightEndpoint(new FlightTicket(ServeData.Tensor), [])]));

    public override async Task DoGet(FlightTicket ticket, FlightServerRecordBatchStreamWriter responseStream, ServerCallContext context)
    {
        foreach (var batch in batches)
        {
            await responseStream.WriteAsync(batch);
        }
    }
}
