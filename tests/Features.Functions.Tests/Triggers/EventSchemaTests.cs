using Features.Functions.Tests.Hosting;
using Features.Testing;

namespace Features.Functions.Tests.Triggers;

/// <summary>The event schema, its examples and the door agree.</summary>
public sealed class EventSchemaTests
{
    private static string Folder => Path.Combine(Fixtures.Repository, "schemas", "events");

    [Fact]
    public async Task Schema_OfEvents_RejectsAnInvalidExampleForEveryKeyword()
    {
        Assert.SkipWhen(Validators.Missing is not null, Validators.Missing ?? "");
        var report = await Validators.RunAsync("schemas.mjs", [Path.Combine(Folder, "v1.json")], TestContext.Current.CancellationToken);
        Assert.Empty(report.Faults);
    }

    [Fact]
    public async Task Door_GivenTheSchemasExamples_AcceptsAndRejectsAsTheSchemaDoes()
    {
        await using var host = await LoopbackHost.StartAsync();
        host.Drop("landing/flights/2001-01.parquet");
        foreach (var kind in new[] { "valid", "invalid" })
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, "examples", kind)))
            {
                var (status, _) = await host.PostAsync(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
                Assert.Equal((file, kind == "valid" ? 200 : 400), (file, status));
            }
        }
    }
}
