using CsCheck;
using Features.Core.Engine;
using Features.DuckDb.Tests.Engine;
using Features.DuckDb.Tests.Scans;
using Features.Iceberg;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Tests.Runs;

/// <summary>Runs of rows, read by themselves and put together again, against what was written.</summary>
public sealed class RowRunsTests : IAsyncDisposable
{
    private static readonly Schema Table = ParquetTable.Schema((1, "id", "long"), (2, "v", "int"), (3, "name", "string"));
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions());
    private readonly ParquetTable files = new();

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        files.Dispose();
    }

    [Fact]
    public async Task Runs_OfAFileOfManyRowGroups_AreCutBetweenThemAndGiveEveryRowInOrder()
    {
        var runs = await engine.RunsAsync(Plan(Large(rows: 10_000, from: 0)), condition: null, TestContext.Current.CancellationToken);
        Assert.Equal([2048L, 2048, 2048, 2048, 1808], runs.Select(r => r.Rows!.Value));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"{i}"), await IdsAsync(runs));

        // By itself, in any order, again.
        Assert.Equal(Enumerable.Range(4096, 2048).Select(i => $"{i}"), await IdsAsync([runs[2]]));
        Assert.Equal(Enumerable.Range(0, 2048).Select(i => $"{i}"), await IdsAsync([runs[0]]));
    }

    [Fact]
    public async Task Runs_OfManySmallFiles_StandTogetherInThePlansOrder()
    {
        var tasks = Enumerable.Range(0, 30).Select(i => Small(rows: 5, from: i * 5)).ToList();
        var runs = await engine.RunsAsync(Plan([.. tasks.AsEnumerable().Reverse()]), condition: null, TestContext.Current.CancellationToken);
        Assert.Equal(150, Assert.Single(runs).Rows);
        Assert.Equal(Enumerable.Range(0, 30).Reverse().SelectMany(i => Enumerable.Range(i * 5, 5)).Select(i => $"{i}"), await IdsAsync(runs));
    }

    [Fact]
    public async Task Runs_OfNoFile_AreNone() => Assert.Empty(await engine.RunsAsync(Plan(), engine.Condition("id > 5", Table), TestContext.Current.CancellationToken));

    [Fact]
    public async Task Runs_WithAFileThatIsGone_NameIt()
    {
        var task = Small(rows: 3, from: 0);
        File.Delete(task.Location);
        var fault = await Assert.ThrowsAsync<NotFoundException>(() => engine.RunsAsync(Plan(task), null, TestContext.Current.CancellationToken));
        Assert.Contains(task.Location, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_UnderAnyDeletesAndConditions_AreTheRowsLeftByHand() => await Gen.Int[0, int.MaxValue - 1].SampleAsync(
        async seed =>
        {
            var random = new Random(seed);
            var (tasks, expected) = (new List<FileScanTask>(), new List<string>());
            var bound = random.Next(3) == 0 ? (int?)null : random.Next(0, 9);
            for (var file = 0; file < 4; file++)
            {
                var (from, rows) = (file * 10_000, random.Next(1, 5_000));
                var task = random.Next(2) == 0 ? Small(rows, from) : Large(rows, from);
                var deleted = new HashSet<int>(random.Next(2) == 0 ? [] : Enumerable.Range(0, rows).Where(_ => random.Next(3) == 0));
                var keys = new HashSet<int>(random.Next(3) == 0 ? [random.Next(0, 9)] : []);
                tasks.Add(task with { Deletes = [.. Positions(task, deleted), .. Keys(keys)] });
                expected.AddRange(Enumerable.Range(0, rows)
                    .Where(i => !deleted.Contains(i) && !keys.Contains(ValueOf(from + i)) && (bound is null || ValueOf(from + i) < bound))
                    .Select(i => $"{from + i}"));
            }

            // The condition may read a column that is not projected.
            var plan = Plan([.. tasks]) with { Projection = Table with { Fields = [Table.Fields[0]] } };
            var runs = await engine.RunsAsync(plan, bound is null ? null : engine.Condition($"v < {bound}", Table), default);
            Assert.Equal(expected, await IdsAsync(runs));
            var counts = await runs.CountAsync(default);
            Assert.Equal(expected.Count, counts.Sum());
            Assert.All(runs.Zip(counts), r => Assert.Equal(r.Second, r.First.Rows ?? r.Second));
        },
        iter: 25,
        threads: 1);

    [Fact]
    public async Task Read_OfAConditionThatFailsOnARow_SaysWhose()
    {
        var runs = await engine.RunsAsync(Plan(Small(rows: 3, from: 0)), engine.Condition("CAST(name AS INTEGER) > 1", Table), TestContext.Current.CancellationToken);
        var fault = await Assert.ThrowsAsync<SqlException>(() => runs.CountAsync(TestContext.Current.CancellationToken));
        Assert.Contains("'n0'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("CAST", fault.Sql, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user_id,uSeR_Id", null, "1 a|2 b|3 c")]
    [InlineData("uSeR_Id,user_id", null, "a 1|b 2|c 3")]
    [InlineData("uSeR_Id", null, "a|b|c")]
    [InlineData("user_id", null, "1|2|3")]
    [InlineData("user_id", "\"uSeR_Id\" >= 'b'", "2|3")]
    [InlineData("uSeR_Id", "user_id < 3", "a|b")]
    [InlineData("user_id,uSeR_Id", "\"uSeR_Id\" = 'c'", "3 c")]
    [InlineData("user_id,uSeR_Id", "user_id = 2", "2 b")]
    public async Task Runs_OfColumnsThatDifferByCaseAlone_GiveEachItsOwn(string columns, string? where, string expected)
    {
        using var warehouse = new SmallWarehouse();
        var schema = ParquetTable.Schema((1, "user_id", "long"), (2, "uSeR_Id", "string"));
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("lab.case", schema), [[1L, "a"], [2L, "b"], [3L, "c"]]);
        var plan = await (table.NewScan() with { Columns = columns.Split(',') }).PlanAsync(TestContext.Current.CancellationToken);
        var runs = await engine.RunsAsync(plan, where is null ? null : engine.Condition(where, schema), TestContext.Current.CancellationToken);
        var read = new List<string>();
        foreach (var run in runs)
        {
            await foreach (var batch in run.ReadAsync(TestContext.Current.CancellationToken))
            {
                using (batch)
                {
                    Assert.Equal(columns.Split(','), batch.Schema.FieldsList.Select(f => f.Name));
                    read.AddRange(Enumerable.Range(0, batch.Length).Select(i => string.Join(' ', batch.Arrays.Select(a => ResultRows.Text(a, i)))));
                }
            }
        }

        Assert.Equal(expected, string.Join('|', read));
    }

    [Fact]
    public async Task Runs_OfKeysThatDifferByCaseAlone_LoseTheRowsThatBothMatch()
    {
        using var warehouse = new SmallWarehouse();
        var schema = ParquetTable.Schema((1, "user_id", "string"), (2, "uSeR_Id", "string"));
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("lab.case", schema), [["a", "a"], ["a", "b"], ["b", "a"]]);
        var gone = DeleteOf(files.Write("SELECT 'a' AS one, 'b' AS other", "{one: 1, other: 2}"), FileContent.EqualityDeletes);
        var plan = await table.NewScan().PlanAsync(TestContext.Current.CancellationToken);
        plan = plan with { Tasks = [plan.Tasks[0] with { Deletes = [gone with { File = gone.File with { EqualityIds = [1, 2] }, Key = schema }] }] };
        var run = Assert.Single(await engine.RunsAsync(plan, condition: null, TestContext.Current.CancellationToken));
        await foreach (var batch in run.ReadAsync(TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                Assert.Equal(["a a", "b a"], Enumerable.Range(0, batch.Length).Select(i => string.Join(' ', batch.Arrays.Select(a => ResultRows.Text(a, i)))));
            }
        }

        Assert.Equal(2, await run.CountAsync(TestContext.Current.CancellationToken));
    }

    private static int ValueOf(int id) => id % 7;

    private static async Task<List<string>> IdsAsync(IReadOnlyList<IRowRun> runs)
    {
        // Side by side, as a cache reads them.
        var parts = await Task.WhenAll(runs.Select(async run =>
        {
            var ids = new List<string>();
            await foreach (var batch in run.ReadAsync(CancellationToken.None))
            {
                using (batch)
                {
                    ids.AddRange(Enumerable.Range(0, batch.Length).Select(i => ResultRows.Text(batch.Column(0), i)!));
                }
            }

            return ids;
        }));
        return [.. parts.SelectMany(p => p)];
    }

    private static ScanPlan Plan(params FileScanTask[] tasks) => ParquetTable.Plan(Table, (IReadOnlyList<FileScanTask>)tasks);

    private FileScanTask Small(int rows, int from) => ParquetTable.Task(Table, files.Write(Select(rows, from), "{id: 1, v: 2, name: 3}"));

    // Said to be so large that every row group is a run of its own.
    private FileScanTask Large(int rows, int from)
    {
        var task = ParquetTable.Task(Table, files.Write(Select(rows, from), "{id: 1, v: 2, name: 3}, ROW_GROUP_SIZE 2048"));
        return task with { File = task.File with { FileSizeInBytes = 1L << 40 } };
    }

    private static string Select(int rows, int from) => $"SELECT CAST(range AS BIGINT) AS id, CAST(range % 7 AS INTEGER) AS v, 'n' || range AS name FROM range({from}, {from + rows}) ORDER BY range";

    private IEnumerable<PlannedDelete> Positions(FileScanTask task, HashSet<int> deleted)
    {
        if (deleted.Count == 0)
        {
            return [];
        }

        var path = files.Write(
            $"SELECT '{task.File.FilePath}' AS file_path, CAST(unnest([{string.Join(", ", deleted)}]) AS BIGINT) AS pos", $"{{file_path: {MetadataColumns.DeletedFilePath.Id}, pos: {MetadataColumns.DeletedPosition.Id}}}");
        return [DeleteOf(path, FileContent.PositionDeletes)];
    }

    private IEnumerable<PlannedDelete> Keys(HashSet<int> keys) => keys.Count == 0
        ? []
        : [DeleteOf(files.Write($"SELECT CAST(unnest([{string.Join(", ", keys)}]) AS INTEGER) AS v", "{v: 2}"), FileContent.EqualityDeletes) with { Key = Table with { Fields = [Table.Fields[1]] } }];

    private static PlannedDelete DeleteOf(string path, FileContent content)
    {
        var file = ParquetTable.Task(Table, path).File with { Content = content, EqualityIds = content == FileContent.EqualityDeletes ? [2] : null };
        return new PlannedDelete(file, path, 2);
    }
}
