using Features.Core.TrainingSets;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;
using Features.Server.Hosting;

namespace Features.Server.Tests.Serving;

/// <summary>What is in memory is served whatever becomes of the files that it was loaded from.</summary>
public sealed class WarehouseGoneTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Epoch_AfterTheWarehouseWasMovedAway_IsTheSameToTheBit()
    {
        await using var served = await ServedWorkspace.OpenAsync(flights: 200);
        await served.MakeSetAsync("delays");
        await using var host = await FeaturesHost.StartAsync(served.Workspace, FeaturesHostOptions.AnyPort with { Logs = false }, Token);
        using var client = new DatasetClient(host.FlightAddress);
        var request = new DatasetRequest("delays") { Shuffle = OrderMode.Global, Seed = 7, Epoch = 3, Batch = 32 };
        var before = await DigestAsync(client, request);
        var warehouse = Path.Combine(served.Workspace.Root, served.Workspace.Config.Catalog.Warehouse);
        Directory.Move(warehouse, warehouse + ".away");
        try
        {
            Assert.Equal(before, await DigestAsync(client, request));

            // And other epochs and shares, planned anew.
            Assert.NotEqual(before, await DigestAsync(client, request with { Epoch = 4 }));
            Assert.StartsWith("100 ", await DigestAsync(client, request with { World = 2, Rank = 1, Tail = Tail.Pad, Batch = 100 }), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Move(warehouse + ".away", warehouse);
        }
    }

    private static async Task<string> DigestAsync(DatasetClient client, DatasetRequest request)
    {
        var reader = await client.OpenAsync(request, Token);
        using var digest = new RowDigest(reader.Schema);
        await foreach (var batch in reader)
        {
            using (batch)
            {
                digest.Append(batch.Rows);
            }
        }

        return $"{digest.Rows} {digest.Finish()}";
    }
}
