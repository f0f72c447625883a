using System.Globalization;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Iceberg;
using Features.Iceberg.Written;
using Features.Server.Workspaces;

namespace Features.Server.Tests.Ingest;

/// <summary>What an ingest leaves, good rows and quarantined ones, held to the specification down to the last byte counted.</summary>
public sealed class WrittenTableTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-written-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Tables_OfAnIngest_HoldToTheSpecification()
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        Directory.CreateDirectory(Path.Combine(folder, "landing"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: written\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "readings.yaml"), """
            kind: Contract
            name: readings
            columns:
              - { name: id, type: long, required: true }
              - { name: at, type: timestamp, required: true }
              - { name: known, type: timestamptz, required: false }
              - { name: value, type: double, required: false }
              - { name: price, type: "decimal(12, 3)", required: false }
              - { name: place, type: string, required: false }
              - { name: day, type: date, required: false }
              - { name: ok, type: boolean, required: false }
            ---
            kind: Pipeline
            name: readings
            source: { match: "landing/*" }
            contract: readings
            target: { table: plant.readings, partition: [day(at)], sort: [place, at], mode: append }
            """);
        await using var workspace = await Workspace.OpenAsync(folder, CancellationToken.None);
        await workspace.ApplyAsync(planOnly: false);
        for (var file = 0; file < 3; file++)
        {
            await ArriveAsync(workspace, $"readings-{file}.csv", Csv(file));
        }

        while (await workspace.Worker.RunOnceAsync("written", CancellationToken.None) is not null)
        {
        }

        var batches = await workspace.Inbox.ListAsync(null, CancellationToken.None);
        Assert.All(batches, b => Assert.Equal("done", b.State));
        foreach (var (name, files) in new[] { ("readings", 9), ("readings__quarantine", 3) })
        {
            var table = await workspace.Catalog.TryLoadTableAsync(new TableIdentifier("plant", name), CancellationToken.None);
            Assert.Equal(3, table!.Metadata.Snapshots.Count);
            Assert.Equal(files, WrittenTable.Check(table.MetadataLocation));
        }
    }

    private async Task ArriveAsync(Workspace workspace, string name, string content)
    {
        var path = Path.Combine(folder, "landing", name);
        await File.WriteAllTextAsync(path, content);
        await workspace.Inbox.AcceptAsync(new Arrival("test", name, "readings", path, await LocalETag.OfAsync(path, CancellationToken.None), null), CancellationToken.None);
    }

    private static string Csv(int file) => string.Join('\n', [
        "id,at,known,value,price,place,day,ok",
        .. Enumerable.Range(0, 60).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"{(file * 60) + i},2026-01-{1 + (i % 3):D2} 10:00:{i % 60:D2}.25,2026-01-05T10:00:00Z,{(i % 7 == 0 ? "" : $"{i / 4.0}")},{i}.125,a rather long place {i % 5},2026-02-{1 + (i % 9):D2},{i % 2 == 0}")),
        $",2026-01-01 10:00:00,,1,1,x,,",
        $"{file},soon,,1,1,x,,",
        ""]);
}
