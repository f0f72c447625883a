namespace Features.Cli.Tests.Commands;

/// <summary><c>features put</c> against a server of its own.</summary>
public sealed class PutVerbTests : IAsyncLifetime
{
    private const string Rows = "id,value\n1,0.5\n2,\n3,-1\n";
    private readonly string folder = Directory.CreateTempSubdirectory("features-put-verb-").FullName;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: put\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "rows.csv"), Rows);
        await File.WriteAllTextAsync(Path.Combine(folder, "other.csv"), "id,colour\n1,red\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "readings.yaml"), """
            kind: Contract
            name: readings
            columns:
              - { name: id, type: long, required: true }
              - { name: value, type: double, required: false }
            ---
            kind: Pipeline
            name: readings
            source: { match: "landing/*" }
            contract: readings
            rules:
              - { id: positive, expression: "value IS NULL OR value >= 0" }
            target: { table: plant.readings, mode: append }
            """);
        Assert.Equal(0, (await FeaturesProcess.RunAsync(folder, "apply")).ExitCode);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Put_AFileTwice_AddsItsRowsOnceAndSaysWhatBecameOfThem()
    {
        await using var server = await ServingProcess.StartAsync(folder);

        var first = await FeaturesProcess.RunAsync(folder, "put", "plant.readings", "rows.csv", "--flight", server.Flight, "--json");
        var again = await FeaturesProcess.RunAsync(folder, "put", "plant.readings", "rows.csv", "--flight", server.Flight);
        var unfit = await FeaturesProcess.RunAsync(folder, "put", "plant.readings", "other.csv", "--flight", server.Flight);

        Assert.Contains("\"rows\":3,\"good\":2,\"quarantined\":1", first.Succeeded().Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("rows.csv: 3 put = 2 good + 1 quarantined, in plant.readings (put before; nothing added)", again.Succeeded().Trim());
        Assert.Equal(1, unfit.ExitCode);
        Assert.Contains("'colour' is not among its plain columns (id, value)", unfit.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name the files after the table", "put", "plant.readings")]
    [InlineData("--id names one put", "put", "plant.readings", "rows.csv", "other.csv", "--id", "a")]
    public async Task Put_OfAWrongCommandLine_SaysWhatItTakes(string message, params string[] arguments)
    {
        var result = await FeaturesProcess.RunAsync(folder, arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Errors, StringComparison.Ordinal);
    }
}
