using Features.Core.Definitions;
using Features.DuckDb;
using Features.Iceberg.Spec;

namespace Features.Core.Tests.Definitions;

public sealed class DefinitionCheckerTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public async Task CheckAsync_MistakesOfEveryKindInOneDefinition_AreAllReportedWhereTheyStand()
    {
        await File.WriteAllTextAsync(
            file,
            """
            kind: Entity
            name: airport
            keys: [{ name: origin, type: string }]
            ---
            kind: FeatureView
            name: delays
            entity: airprt
            source: flights.departures
            clocks: { event: departs_at, available: knwon_at }
            features:
              - { name: a, aggregate: avg(delay), window: 3x }
              - { name: b, aggregate: avg(dilay), window: 3h }
              - { name: c, column: delay, widnow: 1h }
            """,
            TestContext.Current.CancellationToken);
        var schema = new Schema(
            0,
            [.. new[] { ("origin", PrimitiveKind.String), ("departs_at", PrimitiveKind.Timestamp), ("known_at", PrimitiveKind.Timestamp), ("delay", PrimitiveKind.Long) }
                .Select((c, i) => new NestedField(i + 1, c.Item1, new PrimitiveType(c.Item2), Required: false))],
            []);
        await using var engine = new DuckDbEngine(new DuckDbEngineOptions());
        var reading = await DefinitionReader.TryReadAsync([file], TestContext.Current.CancellationToken);
        var faults = await DefinitionChecker.CheckAsync(reading, new DefinitionSet([]), engine, (_, _) => Task.FromResult<Schema?>(schema), TestContext.Current.CancellationToken);

        Assert.Equal([7, 9, 11, 12, 13], faults.Select(f => f.Place!.Line));
        foreach (var (mistake, fault) in new[] { "airprt", "knwon_at", "3x", "dilay", "widnow" }.Zip(faults))
        {
            Assert.Contains(mistake, fault.Problem, StringComparison.Ordinal);
        }
    }
}
