using Features.Flight.Client;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Benchmarks.Flight.EpochCost;

/// <summary>What a job does with the cache: each epoch it reads tensors, globally shuffled.</summary>
internal static class FlightTrainer
{
    public static async Task RunAsync(EpochCostOptions options)
    {
        using var client = new DatasetClient(options.Address!);
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            var request = new DatasetRequest(FileSource.Name) { Tensor = new TensorOptions(), Shuffle = OrderMode.Global, Seed = 7, Epoch = epoch, Batch = options.Batch };
            Console.WriteLine((await Epoch.MeasureAsync(options.Width, train => ReadAsync(client, request, train))).ToLine());
        }
    }

    private static async Task ReadAsync(DatasetClient client, DatasetRequest request, Action<ReadOnlySpan<float>> train)
    {
        await foreach (var batch in await client.OpenAsync(request, CancellationToken.None))
        {
            using (batch)
            {
                train(batch.Tensor().Floats.Span);
            }
        }
    }
}
