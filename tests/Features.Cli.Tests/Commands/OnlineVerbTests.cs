using Features.Server.Workspaces;

namespace Features.Cli.Tests.Commands;

public sealed class OnlineVerbTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-online-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: shops\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "shops.yaml"), """
            kind: Pipeline
            name: sales
            source: { match: "landing/*.csv" }
            clean: SELECT CAST(shop AS BIGINT) AS shop, CAST(sold_at AS TIMESTAMPTZ) AS sold_at, CAST(amount AS DOUBLE) AS amount FROM source
            target: { table: shops.sales, mode: append }
            ---
            kind: Entity
            name: shop
            keys: [{ name: shop, type: long }]
            ---
            kind: FeatureView
            name: shop_sales
            entity: shop
            source: shops.sales
            clocks: { event: sold_at }
            ttl: 7d
            features:
              - { name: last_amount, column: amount }
            ---
            kind: PushSource
            name: sales_push
            table: shops.sales
            """, Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "sales.csv"), "shop,sold_at,amount\n1,2026-01-01 10:00:00Z,2.5\n2,2026-01-01 09:00:00Z,4\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "more.csv"), "shop,sold_at,amount\n2,2026-01-01 11:00:00Z,8\n", Token);
        foreach (var verb in (string[][])[["apply"], ["ingest", "sales", "sales.csv"]])
        {
            (await RunAsync(verb)).Succeeded();
        }

        await using var workspace = await Workspace.OpenAsync(folder, Token);
        await workspace.MaterializeAsync([], cancellationToken: Token);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Get_ThenPush_ThenGet_SeesWhatWasPushed()
    {
        string[] get = ["online", "get", "--features", "shop_sales:*", "--entity", "shop=2,3", "--at", "2026-01-01T12:00:00Z", "--statuses", "--format", "json"];
        Assert.Equal(4, (await RunAsync(get)).Objects()[0]["last_amount"]!.GetValue<double>());

        var pushed = (await RunAsync("push", "sales_push", "more.csv", "--json")).Object();
        Assert.Equal((1, 0, 1), (pushed["rows"]!.GetValue<int>(), pushed["rejected"]!.GetValue<int>(), pushed["views"]![0]!["rows"]!.GetValue<int>()));

        var after = (await RunAsync(get)).Objects();
        Assert.Equal(
            ["""{"shop":2,"last_amount":8,"_statuses":{"last_amount":"PRESENT"},"_event_timestamps":{"last_amount":"2026-01-01T11:00:00Z"}}""",
             """{"shop":3,"last_amount":null,"_statuses":{"last_amount":"NOT_FOUND"},"_event_timestamps":{}}"""],
            after.Select(line => line.ToJsonString()));
        Assert.Contains("OUTSIDE_MAX_AGE", (await RunAsync("online", "get", "--features", "shop_sales:last_amount", "--entity", "shop=1", "--at", "2026-02-01", "--statuses")).Succeeded(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "error usage: say which features: --features view:feature,… or --service NAME", "online", "get", "--entity", "shop=1")]
    [InlineData(2, "error usage: --entity shop is no column; write NAME=value,value", "online", "get", "--features", "shop_sales:*", "--entity", "shop")]
    [InlineData(1, "error feature-missing: there is no feature 'shop_sale:last_amount'", "online", "get", "--features", "shop_sale:last_amount", "--entity", "shop=1")]
    [InlineData(1, "error push-source-missing: no definition in force declares the push source 'sale_push' (there are: sales_push)", "push", "sale_push", "more.csv")]
    public async Task Verb_OfWhatIsNotThere_SaysSo(int exitCode, string error, params string[] verb) =>
        Assert.StartsWith(error, (await RunAsync(verb)).Failed(exitCode), StringComparison.Ordinal);

    private Task<FeaturesResult> RunAsync(params string[] verb) => FeaturesProcess.RunAsync(folder, verb);
}
