using System.Text.Json;
using Features.Testing;
using Spectre.Console;

namespace Features.Cli.Tests.Commands;

/// <summary>Every table of the fixtures, given by its folder alone: counted and printed, or refused by a line that names the file and says what to do. Never a fault of the command itself.</summary>
public sealed class ScanEveryFixtureTests
{
    /// <summary>Tables whose rows cannot be read, with the beginning of what is said of them. Counts need no rows where nothing is deleted.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        // Published without its data, in a bucket that is none.
        ["duckdb-iceberg/generated_bounds"] = "error storage: 's3://fake-bucket/d/0000000000/t.parquet'",
        ["impala/hadoop_catalog/ice/iceberg_with_key_metadata"] = "error unsupported: encryption in '/test-warehouse/",
    };

    public static TheoryData<string> Tables() => [.. Inventories().SelectMany(i => i.Tables.Select(t => $"{i.Source}/{t.GetProperty("table").GetString()}"))];

    [Theory]
    [MemberData(nameof(Tables), DisableDiscoveryEnumeration = true)]
    public async Task Table_IsCountedAndPrinted_OrRefusedByName(string table)
    {
        var path = Fixtures.Find(["iceberg", .. table.Split('/')]);
        Assert.SkipWhen(path is null, "the Iceberg fixtures are missing");
        var printed = Path.Combine(Path.GetTempPath(), $"features-{Guid.NewGuid():N}.jsonl");
        try
        {
            var (countCode, count, countError) = await RunAsync("scan", path, "--count");
            var (printCode, _, printError) = await RunAsync("scan", path, "--format", "json", "--limit", "3", "--out", printed);
            if (Refused.TryGetValue(table, out var refusal) || IsOfAnotherFormat(table))
            {
                Assert.Equal(1, printCode);
                Assert.StartsWith(refusal ?? "error unsupported: ", printError, StringComparison.Ordinal);
                Assert.Matches(refusal is null ? "'[^']*[.](orc|avro)'" : "; [a-z]", printError);
                Assert.Single(printError.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                return;
            }

            Assert.True(countCode == 0, countError);
            Assert.True(printCode == 0, printError);
            var rows = (await File.ReadAllLinesAsync(printed, TestContext.Current.CancellationToken)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
            Assert.Equal(Math.Min(3, long.Parse(count, System.Globalization.CultureInfo.InvariantCulture)), rows.Count);
        }
        finally
        {
            File.Delete(printed);
        }
    }

    [Fact]
    public async Task Variants_AtAnyDepth_ArePrintedAsValues()
    {
        var path = Fixtures.Find("iceberg", "impala", "iceberg_v3", "trino_nested_variant");
        Assert.SkipWhen(path is null, "the Iceberg fixtures are missing");
        var printed = Path.Combine(Path.GetTempPath(), $"features-{Guid.NewGuid():N}.jsonl");
        try
        {
            var (code, _, error) = await RunAsync("scan", path, "--where", "id = 1", "--format", "json", "--out", printed);
            Assert.True(code == 0, error);
            Assert.Equal(
                """{"id":1,"descr":"scalars","top_v":42,"arr_v":[1,"a"],"map_v":{"k1":10,"k2":"x"},"struct_v":{"a":{"age":30},"b":5},"arr_struct_v":[{"v":7}]}""" + "\n",
                await File.ReadAllTextAsync(printed, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(printed);
        }
    }

    private static bool IsOfAnotherFormat(string table) => Inventories().Where(i => table.StartsWith(i.Source + "/", StringComparison.Ordinal))
        .SelectMany(i => i.Tables.Where(t => $"{i.Source}/{t.GetProperty("table").GetString()}" == table))
        .Any(t => t.TryGetProperty("fileFormats", out var formats) && formats.GetString() is { } text && (text.Contains("ORC", StringComparison.Ordinal) || text.Contains("AVRO", StringComparison.Ordinal)));

    private static IEnumerable<(string Source, IReadOnlyList<JsonElement> Tables)> Inventories() => new[] { "duckdb-iceberg", "icebird", "impala" }
        .Select(source => (source, Fixtures.Find("iceberg", source, "inventory.json")))
        .Where(found => found.Item2 is not null)
        .Select(found => (found.source, (IReadOnlyList<JsonElement>)[.. JsonDocument.Parse(File.ReadAllBytes(found.Item2!)).RootElement.EnumerateArray()]));

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var people = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        var code = await FeaturesCommand.RunAsync(arguments, new CliConsole(output, errors, people, people), TestContext.Current.CancellationToken);
        return (code, output.ToString(), errors.ToString());
    }
}
