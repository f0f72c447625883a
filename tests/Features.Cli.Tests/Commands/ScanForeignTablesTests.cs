using Features.Testing;

namespace Features.Cli.Tests.Commands;

/// <summary>Tables of other engines, read by their folder or metadata file with no workspace around; the rows are those that their authors state.</summary>
public sealed class ScanForeignTablesTests
{
    private static readonly string? DuckDbIceberg = Fixtures.Find("iceberg", "duckdb-iceberg");

    [Fact]
    public async Task Scan_OfNestedColumns_PrintsThemAsJson()
    {
        var rows = (await ScanAsync("column_mapping/warehouse/default.db/my_table", "--format", "json")).Objects();
        Assert.Equal(
            [
                """{"id":1,"name":"Alice","age":25,"attributes":{"height":"5.5","weight":"130"},"scores":[85,90],"profile":{"email":"alice@example.com","verified":true}}""",
                """{"id":2,"name":"Bob","age":30,"attributes":{"height":"6.0","weight":"180"},"scores":[78,82,88],"profile":{"email":"bob@example.com","verified":false}}""",
                """{"id":3,"name":"Charlie","age":35,"attributes":{"height":"5.8","weight":"160"},"scores":[92],"profile":{"email":"charlie@example.com","verified":true}}""",
            ],
            rows.OrderBy(r => (long)r["id"]!).Select(r => r.ToJsonString()));
    }

    [Fact]
    public async Task Scan_OfColumnsThatDifferByCaseAlone_ReadsEachOne()
    {
        var rows = (await CaseAsync("--format", "json")).Objects();
        Assert.Equal(["1 user_1", "2 user_2", "3 user_3"], rows.Select(r => $"{r["user_id"]} {r["uSeR_Id"]}").Order(StringComparer.Ordinal));
        Assert.Equal("user_id,uSeR_Id", (await CaseAsync("--format", "csv")).Succeeded().Split('\n')[0].TrimEnd());
    }

    [Theory]
    [InlineData("\"uSeR_Id\" = 'user_2'", null, "2,user_2")]
    [InlineData("user_id = 3", null, "3,user_3")]
    [InlineData("user_id = 3", "uSeR_Id", "user_3")]
    [InlineData("\"uSeR_Id\" = 'user_2'", "user_id", "2")]
    [InlineData("\"uSeR_Id\" = 'user_2'", "uSeR_Id,user_id", "user_2,2")]
    public async Task Scan_WithAConditionOnOneOfColumnsThatDifferByCaseAlone_ComparesThatOne(string where, string? select, string row) =>
        Assert.Equal(row, (await CaseAsync(["--where", where, "--format", "csv", .. select is null ? Array.Empty<string>() : ["--select", select]])).Succeeded().Split('\n')[1].TrimEnd());

    [Theory]
    [InlineData("USER_ID = 3")]
    [InlineData("user_id = 3 AND \"uSeR_Id\" = 'user_3'")]
    public async Task Scan_WithAConditionThatCannotTellColumnsApart_IsRefusedWithTheirNames(string where)
    {
        var refused = await CaseAsync("--where", where);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("'user_id', 'uSeR_Id'", refused.Errors, StringComparison.Ordinal);
    }

    private static Task<FeaturesResult> CaseAsync(params string[] options) => ScanAsync("case_sensitive_names/default.db/case_sensitive_names", options);

    [Theory]
    [InlineData("uuid", "uuid")]
    [InlineData("partition_decimal_bigint", "partition_col")]
    public async Task Scan_ByMetadataFile_AndByFolder_AgreeInCountAndRows(string table, string column)
    {
        Assert.SkipWhen(DuckDbIceberg is null, "the Iceberg fixtures are missing");
        var metadata = Directory.GetFiles(Path.Combine(DuckDbIceberg, table, "metadata"), "*.metadata.json").Max(StringComparer.Ordinal)!;
        var count = (await ScanAsync($"{table}/metadata/{Path.GetFileName(metadata)}", "--count")).Succeeded();
        var rows = (await ScanAsync(table, "--format", "json", "--select", column)).Objects();
        Assert.Equal($"{rows.Count}\n", count);
        Assert.All(rows, row => Assert.Equal(System.Text.Json.JsonValueKind.String, row[column]!.GetValueKind()));
    }

    /// <summary>The metadata's mapping names one column of two, so the other is null in a file without ids, whose metrics say otherwise.</summary>
    [Theory]
    [InlineData("b IS NULL", 10_000)]
    [InlineData("b IS NOT NULL", 0)]
    public async Task Scan_OfAColumnThatTheNameMappingLacks_CountsItAsNull(string where, int count) =>
        Assert.Equal($"{count}\n", (await ScanAsync("name_mapping/warehouse_1/mydb/t1/metadata/v3.1.metadata.json", "--where", where, "--count")).Succeeded());

    private static Task<FeaturesResult> ScanAsync(string table, params string[] options)
    {
        Assert.SkipWhen(DuckDbIceberg is null, "the Iceberg fixtures are missing");
        return FeaturesProcess.RunAsync(Path.GetTempPath(), ["scan", Path.Combine(DuckDbIceberg, table), "--relocate", $"data/persistent={DuckDbIceberg}", .. options]);
    }
}
