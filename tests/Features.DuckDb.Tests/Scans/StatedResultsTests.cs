using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Features.Core.Engine;
using Features.DuckDb.Tests.Engine;
using Features.Iceberg;
using Features.Iceberg.Conformance;
using Features.Iceberg.Scans;
using Features.Testing;

namespace Features.DuckDb.Tests.Scans;

/// <summary>Queries over tables that other engines wrote, with the results that those engines' own tests state: plain SELECTs of one table, run by our engine over our plans.</summary>
public sealed partial class StatedResultsTests : IAsyncDisposable
{
    /// <summary>Where our engine is right to answer otherwise, by a part of the query.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["partition_timestamptz"] = "stated in the time zone +02",
        ["EXCLUDE (col1"] = "stated in the time zone +02",
        ["add_columns_with_defaults_in_struct"] = "stated in the time zone +02",
        ["name_mapping"] = "names metadata that is not the table's last",
        ["equality_delete_"] = "its snapshot id is above the largest 64-bit integer",
        ["generated_bounds"] = "published without its data",
        ["SELECT id, v FROM functional_parquet.trino_variant ORDER BY id"] = "Impala escapes backslashes once more, writes times its own way, and has no text for some types within variants",
        ["timestamptz_ns"] = "DuckDB has no zoned timestamp of nanoseconds",
        ["iceberg_migrated_complex_test"] = "its name mapping gives nested columns other ids than its schema does",
        ["ICEBERG__"] = "Impala's hidden columns",
        ["column_mapping/"] = "stated with maps in another order",
        ["partition_bool'"] = "stated as 1 and 0",
        ["filename["] = "DuckDB's own hidden column",
        ["_file_"] = "Impala's hidden columns",
        ["_row_id"] = "row lineage is not read",
        ["_last_updated_sequence_number"] = "row lineage is not read",
        ["iceberg__partition__serialized"] = "Impala's hidden columns",
        ["rand("] = "random",
        ["lat, lon, city, airport"] = "stated by Impala as ORC has it",
        ["distinct country FROM airports_parquet"] = "stated under a filter of Impala's row policy",
        ["'iceberg_v1_repro/"] = "names a metadata file that is not the table's last",
    };

    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 2 });

    public static TheoryData<string, string> Queries() => [.. All().Select(q => (q.Source, q.Query)).Distinct().DefaultIfEmpty(("", ""))];

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    [Theory]
    [MemberData(nameof(Queries), DisableDiscoveryEnumeration = true)]
    public async Task Query_AnsweredByOurEngine_HasTheStatedRows(string source, string query)
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        var stated = All().First(q => q.Source == source && q.Query == query);
        var entry = FixtureTable.Inventory(source)!.First(t => t.GetProperty("table").GetString() == stated.Table);
        ScanPlan plan;
        try
        {
            var scan = (await FixtureTable.OpenAsync(source, entry)).NewScan();
            plan = await (stated.Snapshot is { } id ? scan with { SnapshotId = id } : scan).PlanAsync(default);
        }
        catch (UnsupportedFeatureException refused)
        {
            Assert.Contains("delet", refused.Message, StringComparison.Ordinal);
            return;
        }

        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        try
        {
            await session.AddTableAsync("stated", plan, default);
        }
        catch (UnsupportedFeatureException) when (entry.GetProperty("fileFormats").GetString() != "PARQUET")
        {
            // Refused by name, as the library's own tests have it.
            return;
        }

        var rows = (await session.Rows($"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({stated.Sql})")).Rows;

        Assert.Equal(
            stated.Results.Select(r => string.Join(" | ", Cells(r, source).Select(Normal))).Order(StringComparer.Ordinal),
            rows.Select(r => string.Join(" | ", r.Select(v => Normal(v ?? "NULL")))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Fixtures_WhereTheyAreRequired_StateEnough()
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        Assert.True(All().Count() > 100, $"only {All().Count()} queries are understood");
    }

    private static IEnumerable<Stated> All()
    {
        foreach (var source in new[] { "duckdb-iceberg", "impala" })
        {
            if (Fixtures.Find("iceberg", source, "expected.json") is not { } path)
            {
                continue;
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var tables = FixtureTable.Inventory(source)!.Select(t => t.GetProperty("table").GetString()!).ToList();
            foreach (var entry in document.RootElement.EnumerateArray())
            {
                var query = entry.GetProperty("query").GetString()!.Trim().TrimEnd(';');
                var match = (source == "impala" ? ImpalaTable() : DuckDbTable()).Match(query);
                var named = match.Groups["table"].Value.TrimEnd('/');
                if (!match.Success || Exceptions.Keys.Any(query.Contains)
                    || tables.Find(t => t == named || (source == "impala" && t.EndsWith("/" + named, StringComparison.Ordinal))) is not { } table)
                {
                    continue;
                }

                var sql = query.Remove(match.Groups["from"].Index, match.Groups["from"].Length).Insert(match.Groups["from"].Index, "stated");
                yield return new Stated(
                    source,
                    query,
                    table,
                    match.Groups["snapshot"] is { Success: true, Value: var id } ? long.Parse(id, CultureInfo.InvariantCulture) : null,
                    // A reserved word here, a name there; and Impala's strings may stand in double quotes.
                    source == "impala" ? Quoted().Replace(User().Replace(sql, "\"user\""), "'$1'") : sql,
                    [.. entry.GetProperty("results").EnumerateArray().Select(r => r.GetString()!)]);
            }
        }
    }

    private static IEnumerable<string> Cells(string row, string source) =>
        source == "impala" ? ImpalaCell().Matches(row).Select(m => m.Groups["text"].Success ? m.Groups["text"].Value : m.Groups["bare"].Value) : row.Split('\t');

    /// <summary>Numbers as single-precision numbers, which both sides hold; times without trailing zeros.</summary>
    private static string Normal(string cell) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? (Math.Abs(number) > 1e7 ? cell.TrimStart('+') : ((float)number).ToString("G6", CultureInfo.InvariantCulture))
        : Zeros().Replace(cell, "");

    [GeneratedRegex(@"^(?:select\b(?:(?!\bfrom\b).)*)?\bfrom\s+(?<from>iceberg_scan\(\s*'(?:\{WORKING_DIRECTORY\}/)?(?<table>[^']+?)(?:/metadata/[^']*)?'(?:\s*,\s*(?:version\s*=\s*[\w.'-]+|allow_moved_paths\s*=\s*true|snapshot_from_id\s*=\s*(?<snapshot>\d+)))*\s*\))(?!\s*(?:scan|t)\b)(?:(?!\bfrom\b|\bjoin\b).)*$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex DuckDbTable();

    [GeneratedRegex(@"^select\b(?:(?!\bfrom\b).)*\bfrom\s+(?<from>(?:functional_parquet\.)?(?<table>\w+)(?:\s+for\s+system_version\s+as\s+of\s+(?<snapshot>\d+))?)(?:\s+(?:where|order|group)\b(?:(?!\bfrom\b|\bjoin\b).)*)?$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex ImpalaTable();

    [GeneratedRegex(@"(?:'(?<text>[^']*)'|(?<bare>[^,]+))(?:,|$)")]
    private static partial Regex ImpalaCell();

    [GeneratedRegex(@"\buser\b")]
    private static partial Regex User();

    [GeneratedRegex(@"(?<==\s*)""([^""]*)""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<=\d\d:\d\d:\d\d)\.0+$|(?<=\d\d:\d\d:\d\d\.\d*[1-9])0+$")]
    private static partial Regex Zeros();

    private sealed record Stated(string Source, string Query, string Table, long? Snapshot, string Sql, IReadOnlyList<string> Results);
}
