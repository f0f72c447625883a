using System.Diagnostics;
using System.Globalization;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Benchmarks.Flight;

/// <summary>
/// <c>flight-speed</c>: one stream from a server in another process to this one, by our client and the stock one, beside raw loopback TCP. Every round measures
/// each way once, in turn, so that what else the machine does falls on all alike; medians are printed.
/// </summary>
internal static class SpeedCommand
{
    public const string Name = "flight-speed";

    private const int SmallBatch = 1000;

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var options = SpeedOptions.Parse(args);
        using var server = await ServerProcess.StartAsync(new ServeOptions { Rows = options.Rows, Width = options.Width, Batch = options.Batch });
        using var stockServer = await ServerProcess.StartAsync(new ServeOptions { Rows = options.Rows, Width = options.Width, Batch = options.Batch, IsStock = true });
        using var raw = RawProcess.Start();
        using var client = new DatasetClient(server.Address);
        using var local = new DatasetClient(new Uri("grpc+unix://" + server.Socket));
        var request = new DatasetRequest(ServeData.Tensor) { Batch = options.Batch, Seed = 1 };
        await client.WarmAsync(request, progress: null, CancellationToken.None);
        var bytes = options.Rows * options.Width * sizeof(float);

        (string Way, Func<int, Task<long>> Run, Func<Task<double>> ServerCpu)[] ways =
        [
            ("raw TCP", _ => Task.Run(() => { RawCommand.Read(raw.Port, bytes); return 1L; }), raw.CpuAsync),
            ("ours to ours, stored order", _ => ReadAsync(client, request, options.Width), CpuOf(server)),
            ("ours to ours, shuffled", epoch => ReadAsync(client, request with { Shuffle = OrderMode.Global, Epoch = epoch }, options.Width), CpuOf(server)),
            ("the same, Unix socket", epoch => ReadAsync(local, request with { Shuffle = OrderMode.Global, Epoch = epoch }, options.Width), CpuOf(server)),
            ($"ours to ours, {SmallBatch} rows", _ => ReadAsync(client, request with { Batch = SmallBatch }, options.Width), CpuOf(server)),
            ("ours to the stock client", _ => StockReader.ReadAsync(server.Address, request), CpuOf(server)),
            ("stock to stock", _ => StockReader.ReadAsync(stockServer.Address, request: null), CpuOf(stockServer)),
        ];
        var figures = ways.ToDictionary(way => way.Way, _ => new List<StreamFigures>());
        for (var round = 0; round <= options.Rounds; round++)
        {
            foreach (var (way, run, serverCpu) in ways)
            {
                var measured = await StreamFigures.MeasureAsync(() => run(round), serverCpu, bytes);
                if (round > 0)
                {
                    figures[way].Add(measured);
                }
            }
        }

        Print(figures);
        await PrintLatenciesAsync(client, request with { Shuffle = OrderMode.Global }, options);
        return 0;
    }

    private static Func<Task<double>> CpuOf(ServerProcess server) => async () => (await server.SpentAsync()).CpuSeconds;

    /// <summary>An epoch, each batch looked at as a job would: by its tensor.</summary>
    private static async Task<long> ReadAsync(DatasetClient client, DatasetRequest request, int width)
    {
        var batches = 0L;
        await foreach (var batch in await client.OpenAsync(request, CancellationToken.None))
        {
            var tensor = batch.Tensor();
            if (tensor.Width != width || (request.Shuffle == OrderMode.None && tensor.Floats.Span[0] != ServeData.ValueOf(batch.Position, 0)))
            {
                throw new InvalidOperationException($"the batch at {batch.Position} is not the one of the data set");
            }

            batches++;
            batch.Dispose();
        }

        return batches;
    }

    private static void Print(Dictionary<string, List<StreamFigures>> figures)
    {
        var raw = Median(figures["raw TCP"].Select(figure => figure.GigabytesPerSecond));
        Console.WriteLine("| one stream | GB/s | x raw TCP | batches/s | server CPU s/GB | client CPU s/GB | client bytes allocated a batch |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (way, rounds) in figures)
        {
            var rate = Median(rounds.Select(figure => figure.GigabytesPerSecond));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {way} | {rate:F2} | {rate / raw:F2} | {Median(rounds.Select(f => f.BatchesPerSecond)):F0} | {Median(rounds.Select(f => f.ServerCpuPerGigabyte)):F2} | {Median(rounds.Select(f => f.ClientCpuPerGigabyte)):F2} | {Median(rounds.Select(f => f.AllocatedPerBatch)):F0} |"));
        }
    }

    private static async Task PrintLatenciesAsync(DatasetClient client, DatasetRequest request, SpeedOptions options)
    {
        const int Times = 21;
        var random = new Random(1);
        var (first, resumed) = (new List<double>(), new List<double>());
        OrderState? state = null;
        for (var i = 0; i < Times; i++)
        {
            using var fresh = new DatasetClient(client.Address);
            first.Add(await FirstBatchAsync(fresh, request));
            var reader = await client.OpenAsync(request, CancellationToken.None);
            state = reader.State with { Position = random.NextInt64(options.Rows - options.Batch) };
            resumed.Add(await FirstBatchAsync(client, request with { State = state }));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"first batch of a new client, data in memory: {Median(first):F1} ms; resumed at a random sample: {Median(resumed):F1} ms; state: {state!.ToJson().Length} bytes"));
    }

    private static async Task<double> FirstBatchAsync(DatasetClient client, DatasetRequest request)
    {
        var clock = Stopwatch.StartNew();
        await foreach (var batch in await client.OpenAsync(request, CancellationToken.None))
        {
            var elapsed = clock.Elapsed.TotalMilliseconds;
            batch.Dispose();
            return elapsed;
        }

        throw new InvalidOperationException("the data set is empty");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}
