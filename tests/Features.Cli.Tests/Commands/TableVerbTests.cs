namespace Features.Cli.Tests.Commands;

/// <summary>The verbs that make, fill, change and tidy up tables, as a user runs them in a workspace.</summary>
public sealed class TableVerbTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-table-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "", Token);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Create_FromText_ShowsWhatWasWritten_AndRefusesASecond()
    {
        var made = (await RunAsync(
            "create", "ns.t", "--schema", "id long required, at timestamptz, origin string comment 'IATA', p struct<x: double>, tags list<string>, m map<string, int>", "--partition", "day(at), bucket(16, id)",
            "--sort", "origin, at desc nulls first", "--key", "id", "--property", "owner=ops", "--json")).Object();
        Assert.Equal(["id", "at", "origin", "p", "tags", "m"], made["schema"]!.AsArray().Select(c => (string?)c!["name"]));
        Assert.Equal(["day at at_day", "bucket[16] id id_bucket"], made["partition_spec"]!.AsArray().Select(f => $"{f!["transform"]} {f["source"]} {f["name"]}"));
        Assert.Equal("ops", (string?)made["properties"]!["owner"]);
        Assert.StartsWith("error table-exists: ", (await RunAsync("create", "ns.t", "--schema", "id long")).Failed(), StringComparison.Ordinal);

        var shown = (await RunAsync("show", "ns.t")).Succeeded();
        Assert.Contains("origin asc nulls first, at desc nulls first", shown, StringComparison.Ordinal);
        Assert.Contains("day(at), bucket[16](id)", shown, StringComparison.Ordinal);
        Assert.Equal("0\n", (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--count")).Succeeded());
    }

    [Theory]
    [InlineData("error invalid-argument: the schema cannot be read at character 4", "--schema", "id lnog")]
    [InlineData("error usage: name the columns", "--partition", "day(at)")]
    [InlineData("error invalid-argument: there is no column 'nope'", "--schema", "id long", "--partition", "nope")]
    [InlineData("error file-not-found: there is no file 'x.json'", "--schema", "x.json")]
    [InlineData("error usage: --property 'x' lacks '='", "--schema", "id long", "--property", "x")]
    public async Task Create_OfWhatCannotBe_SaysTheReason(string error, params string[] options)
    {
        var result = await RunAsync(["create", "ns.t", .. options]);
        Assert.StartsWith(error, result.Failed(error.StartsWith("error usage", StringComparison.Ordinal) ? 2 : 1), StringComparison.Ordinal);
        Assert.Empty((await RunAsync("list")).Succeeded());
    }

    [Fact]
    public async Task Files_ForMachines_HavePartitionValuesAsJsonHasThem()
    {
        (await RunAsync("create", "ns.p", "--schema", "id long, s string, day date", "--partition", "id, s, day, bucket(4, s)")).Succeeded();
        await WriteAsync("p.csv", "id,s,day\n9007199254740993,007,2024-01-31\n,,\n");
        (await RunAsync("append", "ns.p", "p.csv")).Succeeded();
        var files = (await RunAsync("files", "ns.p", "--json")).Objects().Select(f => f["partition"]!.ToJsonString()).Order(StringComparer.Ordinal).ToList();
        Assert.Matches("""^{"id":9007199254740993,"s":"007","day":"2024-01-31","s_bucket":[0-3]}$""", files[0]);
        Assert.Equal("""{"id":null,"s":null,"day":null,"s_bucket":null}""", files[1]);
    }

    [Fact]
    public async Task Create_FromJsonSchemaOrFile_TakesItsColumns()
    {
        await WriteAsync("schema.json", """{"type":"struct","schema-id":7,"fields":[{"id":5,"name":"k","required":true,"type":"long"},{"id":9,"name":"l","required":false,"type":{"type":"list","element-id":11,"element":"date","element-required":false}}]}""");
        var json = (await RunAsync("create", "ns.j", "--schema", "schema.json", "--json")).Object();
        Assert.Equal(["k long True", "l list<date> False"], json["schema"]!.AsArray().Select(c => $"{c!["name"]} {c["type"]} {(bool)c["required"]!}"));

        await WriteAsync("rows.csv", "id,zip,price,day,at,atz,ok,note\n1,007,1.5,2024-01-31,2024-01-31T10:00:00,2024-01-31T10:00:00Z,true,a\n2,,2,2024-02-01,2024-01-31 11:00:00,2024-01-31T10:00:00+01:00,FALSE,5x\n");
        var csv = (await RunAsync("create", "ns.c", "--from", "rows.csv", "--json")).Object();
        Assert.Equal(
            ["id long", "zip string", "price double", "day date", "at timestamp", "atz timestamptz", "ok boolean", "note string"], csv["schema"]!.AsArray().Select(c => $"{c!["name"]} {c["type"]}"));
        (await RunAsync("append", "ns.c", "rows.csv")).Succeeded();
        Assert.Equal(
            """{"id":1,"zip":"007","price":1.5,"day":"2024-01-31","at":"2024-01-31T10:00:00","atz":"2024-01-31T10:00:00Z","ok":true,"note":"a"}""",
            (await FeaturesProcess.RunAsync(folder, "scan", "ns.c", "--where", "id = 1", "--format", "json")).Object().ToJsonString());
    }

    [Fact]
    public async Task Append_MatchesColumnsByName_AndRefusesWhatDoesNotFitBeforeAnythingIsWritten()
    {
        (await RunAsync("create", "ns.t", "--schema", "id long required, n int, day date, price decimal(9,2)", "--partition", "day")).Succeeded();
        await WriteAsync("a.csv", "Day,id,price\n2024-01-31,1,1.50\n2024-02-01,2,\n");
        await WriteAsync("b.jsonl", "{\"id\":3,\"n\":7}\n");
        var appended = (await RunAsync("append", "ns.t", "a.csv", "b.jsonl", "--json")).Object();
        Assert.Equal((3, "append"), ((int)appended["rows"]!["inserted"]!, (string?)appended["summary"]!["operation"]));
        Assert.Equal((string?)appended["snapshot"], (string?)appended["current_snapshot"]);
        Assert.Equal(["1,,2024-01-31,1.50", "2,,2024-02-01,", "3,7,,"], (await ScanAsync("ns.t")).Skip(1).Order(StringComparer.Ordinal));

        foreach (var (text, reason) in new[]
        {
            ("id,nope\n1,2\n", "has no column nope"), ("n\n1\n", "required column id is missing"), ("id,n\n1,1.5\n", "'1.5' in column n is no int"), ("id,price\n1,1.505\n", "'1.505' in column price is no decimal(9, 2)"),
            ("id,day\n1,2024-13-01\n", "'2024-13-01' in column day is no date"), ("id\n1,2\n", "more cells than its header"), ("id,n\n1,99999999999\n", "is no int"),
        })
        {
            await WriteAsync("bad.csv", text);
            Assert.Contains(reason, (await RunAsync("append", "ns.t", "bad.csv")).Failed(), StringComparison.Ordinal);
        }

        Assert.Single((await RunAsync("history", "ns.t", "--json")).Objects());
        (await RunAsync("create", "ns.m", "--schema", "at timestamp, atz timestamptz")).Succeeded();
        await WriteAsync("m.csv", "at,atz\n2024-01-31T10:00:00.123456+02:00,2024-01-31T10:00:00+02:00\n2024-01-31T10:00:00,2024-01-31 10:00:00\n");
        (await RunAsync("append", "ns.m", "m.csv")).Succeeded();
        Assert.Equal(
            ["2024-01-31T08:00:00.123456,2024-01-31T08:00:00Z", "2024-01-31T10:00:00,2024-01-31T10:00:00Z"],
            (await ScanAsync("ns.m")).Skip(1).Order(StringComparer.Ordinal));
        await WriteAsync("bad.csv", "at\n2024-01-31T10:00:00.1234567\n");
        Assert.Contains("in column at is no timestamp", (await RunAsync("append", "ns.m", "bad.csv")).Failed(), StringComparison.Ordinal);
        Assert.StartsWith("error file-not-found: there is no file 'none.csv'", (await RunAsync("append", "ns.t", "none.csv")).Failed(), StringComparison.Ordinal);
        Assert.Contains("does not say its format", (await RunAsync("append", "ns.t", "features.yaml")).Failed(2), StringComparison.Ordinal);
        Assert.Single((await RunAsync("history", "ns.t", "--json")).Objects());
    }

    [Fact]
    public async Task DeleteOverwriteAndUpsert_ChangeTheRowsThatTheyName()
    {
        (await RunAsync("create", "ns.t", "--schema", "k long required, v string, n int", "--key", "k")).Succeeded();
        await WriteAsync("a.csv", "k,v,n\n1,a,1\n2,b,2\n3,c,3\n");
        await WriteAsync("b.csv", "k,v,n\n2,B,2\n9,z,9\n");
        (await RunAsync("append", "ns.t", "a.csv")).Succeeded();
        var upserted = (await RunAsync("upsert", "ns.t", "b.csv", "--json")).Object()["rows"]!;
        Assert.Equal((1, 1), ((int)upserted["updated"]!, (int)upserted["inserted"]!));
        Assert.False((bool)(await RunAsync("upsert", "ns.t", "b.csv", "--keys", "k", "--json")).Object()["changed"]!);
        Assert.Equal(2, (int)(await RunAsync("delete", "ns.t", "--where", "n > 5 or v = 'a'", "--json")).Object()["rows"]!["deleted"]!);
        Assert.Equal(["2,B,2", "3,c,3"], (await ScanAsync("ns.t")).Skip(1).Order(StringComparer.Ordinal));
        Assert.Equal(1, (int)(await RunAsync("overwrite", "ns.t", "b.csv", "--where", "k = 3", "--json")).Object()["rows"]!["deleted"]!);
        Assert.Contains("overwrite", (await RunAsync("overwrite", "ns.t", "a.csv", "--partitions", "--ref", "side")).Succeeded(), StringComparison.Ordinal);
        Assert.Equal("3\n", (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--ref", "side", "--count")).Succeeded());

        Assert.Contains("expected =, <>", (await RunAsync("delete", "ns.t", "--where", "n + 1 > 5")).Failed(), StringComparison.Ordinal);
        Assert.Contains("--where' is required", (await RunAsync("delete", "ns.t")).Failed(2), StringComparison.Ordinal);
        Assert.Contains("--where SQL, or --partitions", (await RunAsync("overwrite", "ns.t", "a.csv")).Failed(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evolve_ChangesColumnsPartitioningOrderAndPropertiesInOneCommit()
    {
        (await RunAsync("create", "ns.t", "--schema", "id int required, at timestamp, origin string, old string, p struct<x: float>", "--partition", "day(at)", "--property", "a=1")).Succeeded();
        var evolved = (await RunAsync(
            "evolve", "ns.t", "--add", "speed double after id", "--add", "p.y int comment 'up' first", "--rename", "origin=airport", "--drop", "old", "--type", "id=long", "--optional", "id", "--doc", "at=when", "--move", "at first",
            "--partition-add", "bucket(4, id) as shard", "--partition-drop", "day(at)", "--sort", "id desc", "--set", "b=2", "--unset", "a", "--json")).Object();
        Assert.Equal((true, 1, 1, 1), ((bool)evolved["changed"]!, (int)evolved["schema_id"]!, (int)evolved["partition_spec_id"]!, (int)evolved["sort_order_id"]!));
        var shown = (await RunAsync("show", "ns.t", "--json")).Object();
        Assert.Equal(
            ["at timestamp", "id long", "speed double", "airport string", "p struct<8: y: optional int, 6: x: optional float>"], shown["schema"]!.AsArray().Select(c => $"{c!["name"]} {c["type"]}"));
        Assert.Equal(["bucket[4] shard"], shown["partition_spec"]!.AsArray().Select(f => $"{f!["transform"]} {f["name"]}"));
        Assert.Equal("""{"b":"2"}""", shown["properties"]!.ToJsonString());
        Assert.Equal(["id desc nulls last"], shown["sort_order"]!.AsArray().Select(f => $"{f!["source"]} {f["direction"]} {f["nulls"]}"));

        Assert.Contains("nothing to change", (await RunAsync("evolve", "ns.t")).Failed(2), StringComparison.Ordinal);
        Assert.Contains("'x ▸intt'", (await RunAsync("evolve", "ns.t", "--add", "x intt")).Failed(), StringComparison.Ordinal);
        Assert.Contains("'nope'", (await RunAsync("evolve", "ns.t", "--drop", "nope")).Failed(), StringComparison.Ordinal);
        Assert.StartsWith("error invalid-argument: ", (await RunAsync("evolve", "ns.t", "--type", "id=int")).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TagBranchAndRollback_NameAndMoveStates()
    {
        var (first, second) = await TwoCommitsAsync();
        (await RunAsync("tag", "ns.t", "v1", "--snapshot", first, "--max-age", "90d")).Succeeded();
        (await RunAsync("branch", "ns.t", "audit", "--min-snapshots", "3", "--max-snapshot-age", "36h")).Succeeded();
        var refs = (await RunAsync("refs", "ns.t", "--json")).Objects();
        Assert.Equal(
            [("audit", "branch", second, null, 3, 129_600_000), ("main", "branch", second, null, null, null), ("v1", "tag", first, 7_776_000_000, null, null)],
            refs.Select(r => ((string)r["name"]!, (string)r["type"]!, (string)r["snapshot"]!, (long?)r["max_ref_age_ms"], (int?)r["min_snapshots_to_keep"], (long?)r["max_snapshot_age_ms"])));
        Assert.StartsWith("error tag-exists: tag 'v1' exists already; add --replace", (await RunAsync("tag", "ns.t", "v1")).Failed(), StringComparison.Ordinal);
        (await RunAsync("tag", "ns.t", "v1", "--replace")).Succeeded();
        (await RunAsync("branch", "ns.t", "audit", "--drop")).Succeeded();
        Assert.StartsWith("error branch-not-found: ", (await RunAsync("branch", "ns.t", "audit", "--drop")).Failed(), StringComparison.Ordinal);

        Assert.Equal(first, (string?)(await RunAsync("rollback", "ns.t", "--to", first, "--json")).Object()["current_snapshot"]);
        Assert.Equal([first, second, first], (await RunAsync("history", "ns.t", "--json")).Objects().Select(h => (string)h["snapshot"]!));
        Assert.Contains("does not exist", (await RunAsync("rollback", "ns.t", "--to", "5")).Failed(), StringComparison.Ordinal);
        Assert.Contains("--to ID, or --as-of TIME", (await RunAsync("rollback", "ns.t")).Failed(2), StringComparison.Ordinal);
        Assert.Contains("is no age; write", (await RunAsync("tag", "ns.t", "x", "--max-age", "soon")).Failed(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listings_ShowSnapshotsManifestsAndTheFilesOfAnyState()
    {
        var (first, second) = await TwoCommitsAsync();
        Assert.Equal([(first, null), (second, first)], (await RunAsync("snapshots", "ns.t", "--json")).Objects().Select(s => ((string)s["snapshot"]!, (string?)s["parent"])));
        Assert.Equal(["main"], (await RunAsync("snapshots", "ns.t", "--json")).Objects()[1]["refs"]!.AsArray().Select(r => (string?)r));
        Assert.Equal(2, (await RunAsync("files", "ns.t", "--json")).Objects().Count);
        var file = (await RunAsync("files", "ns.t", "--snapshot", first, "--json")).Object();
        Assert.Equal(("data", 2, "PARQUET"), ((string)file["content"]!, (int)file["records"]!, (string)file["format"]!));
        Assert.Equal(new[] { first, second }.Order(StringComparer.Ordinal), (await RunAsync("manifests", "ns.t", "--json")).Objects().Select(m => (string)m["added_snapshot"]!).Order(StringComparer.Ordinal));
        Assert.Contains("records", (await RunAsync("files", "ns.t")).Succeeded(), StringComparison.Ordinal);
        Assert.StartsWith("error snapshot-not-found: ", (await RunAsync("files", "ns.t", "--snapshot", "7")).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExpireOrphansAndCompact_ListBeforeTheyAct()
    {
        var (first, _) = await TwoCommitsAsync();
        Assert.Equal("ns.t: nothing to remove\n", (await RunAsync("expire", "ns.t", "--older-than", "1d", "--dry-run")).Succeeded());
        Assert.Contains(first, (await RunAsync("expire", "ns.t", "--older-than", "2100-01-01", "--dry-run")).Succeeded(), StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("snapshots", "ns.t", "--json")).Objects().Count);

        var planned = (await RunAsync("compact", "ns.t", "--dry-run", "--all", "--json")).Objects();
        Assert.Equal(2, planned.Count);
        Assert.Contains("would be rewritten", (await RunAsync("compact", "ns.t", "--dry-run", "--all")).Succeeded(), StringComparison.Ordinal);
        var compacted = (await RunAsync("compact", "ns.t", "--all", "--sort", "id desc", "--json")).Object();
        Assert.Equal((2, 1), ((int)compacted["rows"]!["files_removed"]!, (int)compacted["rows"]!["files_added"]!));
        Assert.Equal(["id", "3", "2", "1"], await ScanAsync("ns.t"));
        Assert.Equal("ns.t: nothing to rewrite\n", (await RunAsync("compact", "ns.t", "--dry-run")).Succeeded());
        Assert.Contains("is no size; write", (await RunAsync("compact", "ns.t", "--target-size", "big")).Failed(2), StringComparison.Ordinal);

        var expired = (await RunAsync("expire", "ns.t", "--older-than", "2100-01-01", "--json")).Objects();
        Assert.All(expired, line => Assert.Equal("removed", (string?)line["state"]));
        Assert.Equal(2, expired.Count(line => (string?)line["kind"] == "snapshot"));
        Assert.Single((await RunAsync("snapshots", "ns.t", "--json")).Objects());
        Assert.Equal("3\n", (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--count")).Succeeded());

        await File.WriteAllTextAsync(Path.Combine(folder, ".features", "warehouse", "ns", "t", "data", "lost.parquet"), "x", Token);
        Assert.Contains("--allow-recent", (await RunAsync("orphans", "ns.t", "--older-than", "1h")).Failed(), StringComparison.Ordinal);
        Assert.Equal("ns.t: nothing to remove\n", (await RunAsync("orphans", "ns.t")).Succeeded());
        var orphans = (await RunAsync("orphans", "ns.t", "--older-than", "0s", "--allow-recent", "--json")).Objects();
        Assert.EndsWith("/lost.parquet", (string?)Assert.Single(orphans)["name"], StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, ".features", "warehouse", "ns", "t", "data", "lost.parquet")));
    }

    [Fact]
    public async Task MetadataTables_AreScannedAndQueried()
    {
        var (first, second) = await TwoCommitsAsync();
        var snapshots = (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--metadata-table", "snapshots", "--format", "json")).Objects();
        Assert.Equal([(first, null), (second, first)], snapshots.Select(s => ((string)s["snapshot_id"]!, (string?)s["parent_id"])));
        Assert.Equal("1\n", (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--metadata-table", "files", "--snapshot", first, "--count")).Succeeded());
        Assert.Equal(["file_path", "record_count"], (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--metadata-table", "files", "--where", "record_count = 1", "--select", "file_path,record_count", "--format", "json")).Object().Select(p => p.Key));
        Assert.Equal("""{"n":2}""", (await FeaturesProcess.RunAsync(folder, "sql", "SELECT count(*) AS n FROM ns.t.snapshots s JOIN ns.t.history h ON h.snapshot_id = s.snapshot_id", "--format", "json")).Object().ToJsonString());
        Assert.Contains("the metadata tables are all_data_files", (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--metadata-table", "nope")).Failed(), StringComparison.Ordinal);
        Assert.Contains("takes no snapshot", (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--metadata-table", "history", "--snapshot", first)).Failed(), StringComparison.Ordinal);

        var appended = (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--from-snapshot", first, "--format", "json")).Object();
        Assert.Equal(3, (int)appended["id"]!);
        Assert.Equal("0\n", (await FeaturesProcess.RunAsync(folder, "scan", "ns.t", "--from-snapshot", second, "--count")).Succeeded());
    }

    [Fact]
    public async Task EveryVerb_HelpsWithAnExample_AndRefusesToChangeATableByItsLocation()
    {
        foreach (var verb in new[]
        {
            "list", "show", "history", "snapshots", "refs", "files", "manifests", "create", "append", "delete", "overwrite", "upsert", "evolve", "tag", "branch", "rollback", "expire", "compact", "orphans",
        })
        {
            Assert.Contains($"Example:\n  features table {verb}", (await RunAsync(verb, "--help")).Succeeded(), StringComparison.Ordinal);
        }

        Assert.Contains("through which tables are changed", (await RunAsync("rollback", "/tmp/t", "--to", "1")).Failed(2), StringComparison.Ordinal);
        Assert.Contains("features init", (await FeaturesProcess.RunAsync(Path.GetTempPath(), "table", "create", "ns.t", "--schema", "id long")).Failed(), StringComparison.Ordinal);
    }

    private async Task<(string First, string Second)> TwoCommitsAsync()
    {
        (await RunAsync("create", "ns.t", "--schema", "id long")).Succeeded();
        await WriteAsync("a.csv", "id\n1\n2\n");
        await WriteAsync("b.csv", "id\n3\n");
        return ((string)(await RunAsync("append", "ns.t", "a.csv", "--json")).Object()["snapshot"]!, (string)(await RunAsync("append", "ns.t", "b.csv", "--json")).Object()["snapshot"]!);
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(folder, name), text, Token);

    private async Task<IReadOnlyList<string>> ScanAsync(string table) => (await FeaturesProcess.RunAsync(folder, "scan", table, "--format", "csv")).Lines();

    private Task<FeaturesResult> RunAsync(params IEnumerable<string> arguments) => FeaturesProcess.RunAsync(folder, ["table", .. arguments]);
}
