using System.Globalization;
using Apache.Arrow;
using Features.Core.Governance;
using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Server.Tests.Serving;

public sealed class TableSourceTests : IAsyncLifetime
{
    private static readonly TableSelection Current = new();
    private ServedWorkspace served = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => served = await ServedWorkspace.OpenAsync();

    public ValueTask DisposeAsync() => served.DisposeAsync();

    [Fact]
    public async Task Find_ATable_PinsItsSnapshotAndSaysWhatColumnsAreFor()
    {
        var made = await served.MakeTableAsync("t", ("features.tags.column.name.role", "label"));
        var table = await served.AppendAsync("t", 0, 10);
        var plan = await served.FindAsync(new DatasetSelection("lab.t", Current));
        var snapshot = table.Metadata.CurrentSnapshotId!.Value;
        Assert.Equal(("lab.t", 10), (plan.Name, plan.Rows));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"iceberg:{made.Metadata.TableUuid}:{snapshot}:0"), plan.Digest);
        Assert.Equal(snapshot, plan.Table!.Snapshot);
        Assert.Equal([ColumnRole.Key, ColumnRole.Feature, ColumnRole.Feature, ColumnRole.Label], plan.Schema.FieldsList.Select(f => plan.Roles[f.Name]));

        // Found again by what it says of itself, as a ticket does.
        Assert.Equal(plan.Digest, (await served.FindAsync(new DatasetSelection("lab.t", plan.Table))).Digest);
        Assert.Null((await served.FindAsync(new DatasetSelection("lab.t", Current))).Outcome);
        Assert.Equal(LocalPolicy.Unmasked, (await served.Source.FindAsync(new DatasetSelection("lab.t", Current), LocalPolicy.Unmasked, Token))!.Outcome);
        Assert.Null((await served.Source.FindAsync(new DatasetSelection("lab.t", Current), "sha256:masked", Token))!.Outcome);
    }

    [Fact]
    public async Task Parts_OfManyFiles_ComeInTheOrderOfCommitsAndPaths()
    {
        await served.MakeTableAsync("t");
        for (var i = 0; i < 12; i++)
        {
            await served.AppendAsync("t", i * 3, 3);
        }

        var plan = await served.FindAsync(new DatasetSelection("lab.t", Current));
        Assert.Equal(Enumerable.Range(0, 36).Select(i => $"{i}"), await served.ColumnAsync(plan, "id"));

        // Another server agrees, to the row.
        var table = await served.LoadAsync("t");
        var read = new List<string>();
        await foreach (var batch in table.NewScan().ReadAsync(served.Workspace.Files, Token))
        {
            using (batch)
            {
                read.AddRange(Enumerable.Range(0, batch.Length).Select(i => $"{((Apache.Arrow.Int64Array)batch.Column(0)).GetValue(i)}"));
            }
        }

        Assert.Equal(read, await served.ColumnAsync(plan, "id"));
    }

    [Theory]
    [InlineData("merge-on-read")]
    [InlineData("copy-on-write")]
    public async Task Parts_WithDeletesAndAFilter_AreTheRowsThatAreLeft(string mode)
    {
        await served.MakeTableAsync("t", ("write.delete.mode", mode), ("format-version", "2"));
        await served.AppendAsync("t", 0, 100);
        var before = await served.AppendAsync("t", 100, 100);
        await served.DeleteAsync("t", Filter.Compare("id", Comparison.Greater, 149L));
        var left = Enumerable.Range(0, 150).ToList();
        var plan = await served.FindAsync(new DatasetSelection("lab.t", Current));
        Assert.Equal(150, plan.Rows);
        Assert.Equal(left.Select(i => $"{i}"), await served.ColumnAsync(plan, "id"));

        var filtered = await served.FindAsync(new DatasetSelection("lab.t", Current) { Filter = "OK AND x>=20", Columns = ["name"] });
        Assert.Equal(["ok", "x"], filtered.FilterColumns.Order());
        Assert.Equal(left.Where(i => i % 2 == 0 && i >= 40).Select(i => $"n{i}"), await served.ColumnAsync(filtered, "name"));
        Assert.Equal(["name"], filtered.Schema.FieldsList.Select(f => f.Name));

        // The filter as the plan has it means the same.
        var again = await served.FindAsync(new DatasetSelection("lab.t", filtered.Table) { Filter = filtered.Filter, Columns = ["name"] });
        Assert.Equal((filtered.Filter, filtered.Rows, filtered.Digest), (again.Filter, again.Rows, again.Digest));

        var old = await served.FindAsync(new DatasetSelection("lab.t", new TableSelection { Snapshot = before.Metadata.CurrentSnapshotId }));
        Assert.Equal(200, (await served.ColumnAsync(old, "id")).Count);
    }

    [Fact]
    public async Task Parts_OfColumnsThatDifferByCaseAlone_GiveEachItsOwn()
    {
        var table = await served.Workspace.Catalog.CreateTableAsync(
            new TableIdentifier("lab", "case"),
            new TableCreation(
                new Schema(0, [new(1, "user_id", new PrimitiveType(PrimitiveKind.Long), false), new(2, "uSeR_Id", new PrimitiveType(PrimitiveKind.String), false)], []),
                PartitionSpec.Unpartitioned,
                SortOrder.Unsorted,
                new Dictionary<string, string>()),
            Token);
        var rows = new RecordBatch(
            ArrowSchema.From(table.Metadata.CurrentSchema), [new Int64Array.Builder().AppendRange([1, 2, 3]).Build(), new StringArray.Builder().AppendRange(["a", "b", "c"]).Build()], 3);
        await table.Rows(served.Workspace.Files).AppendAsync(new[] { rows }.ToAsyncEnumerable(), Token);

        var both = await served.FindAsync(new DatasetSelection("lab.case", Current));
        Assert.Equal(["user_id", "uSeR_Id"], both.Schema.FieldsList.Select(f => f.Name));
        Assert.Equal(["1", "2", "3"], await served.ColumnAsync(both, "user_id"));
        Assert.Equal(["a", "b", "c"], await served.ColumnAsync(both, "uSeR_Id"));

        var filtered = await served.FindAsync(new DatasetSelection("lab.case", Current) { Filter = "\"uSeR_Id\" > 'a'", Columns = ["user_id"] });
        Assert.Equal(["2", "3"], await served.ColumnAsync(filtered, "user_id"));
        var refused = await Assert.ThrowsAsync<FormatException>(() => served.FindAsync(new DatasetSelection("lab.case", Current) { Filter = "USER_ID > 1" }));
        Assert.Contains("'user_id', 'uSeR_Id'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_ByRefAndByTime_GivesThatState()
    {
        await served.MakeTableAsync("t");
        var first = await served.AppendAsync("t", 0, 1);
        await first.NewTransaction().Add(new SetSnapshotRef("gold", new SnapshotRef(first.Metadata.CurrentSnapshotId!.Value, IsBranch: false))).CommitAsync(Token);
        await served.AppendAsync("t", 1, 5);
        Assert.Equal(6, (await served.FindAsync(new DatasetSelection("lab.t", Current))).Rows);
        var tagged = await served.FindAsync(new DatasetSelection("lab.t", new TableSelection { Ref = "gold" }));
        Assert.Equal(["0"], await served.ColumnAsync(tagged, "id"));
        var at = DateTimeOffset.FromUnixTimeMilliseconds(first.Metadata.CurrentSnapshot!.TimestampMs);
        Assert.InRange((await served.FindAsync(new DatasetSelection("lab.t", new TableSelection { AsOf = at }))).Rows, 1, 6);
    }

    [Fact]
    public async Task Find_AfterTheSchemaEvolved_HasTheNewColumnsWhereNoVersionIsNamed()
    {
        await served.MakeTableAsync("t");
        var first = await served.AppendAsync("t", 0, 3);
        var snapshot = first.Metadata.CurrentSnapshotId!.Value;
        await first.NewTransaction()
            .Add(new SetSnapshotRef("gold", new SnapshotRef(snapshot, IsBranch: false)))
            .Add(new SetSnapshotRef("trial", new SnapshotRef(snapshot, IsBranch: true))).CommitAsync(Token);
        var before = await served.FindAsync(new DatasetSelection("lab.t", Current));
        await (await served.LoadAsync("t")).NewTransaction()
            .Add(new UpdateSchema().RenameColumn("name", "label").WidenColumn("x", new PrimitiveType(PrimitiveKind.Double)).AddColumn("late", new PrimitiveType(PrimitiveKind.Int))).CommitAsync(Token);

        foreach (var version in new[] { Current, new TableSelection { Ref = "main" }, new TableSelection { Ref = "trial" } })
        {
            var now = await served.FindAsync(new DatasetSelection("lab.t", version) { Filter = "label <> 'n1'" });
            Assert.Equal(["id", "x", "ok", "label", "late"], now.Schema.FieldsList.Select(f => f.Name));
            Assert.Equal(Apache.Arrow.Types.ArrowTypeId.Double, now.Schema.GetFieldByName("x").DataType.TypeId);
            Assert.Equal(snapshot, now.Table!.Snapshot);
            Assert.NotEqual(before.Digest, now.Digest);
            Assert.Equal(["n0", "n2"], await served.ColumnAsync(now, "label"));
            Assert.Equal(["null", "null"], await served.ColumnAsync(now, "late"));

            // As a ticket asks again.
            Assert.Equal(now.Digest, (await served.FindAsync(new DatasetSelection("lab.t", now.Table))).Digest);
        }

        var at = DateTimeOffset.FromUnixTimeMilliseconds(first.Metadata.CurrentSnapshot!.TimestampMs);
        foreach (var version in new[] { new TableSelection { Snapshot = snapshot }, new TableSelection { Ref = "gold" }, new TableSelection { AsOf = at }, before.Table! })
        {
            var then = await served.FindAsync(new DatasetSelection("lab.t", version));
            Assert.Equal(before.Digest, then.Digest);
            Assert.Equal(["n0", "n1", "n2"], await served.ColumnAsync(then, "name"));
        }
    }

    [Fact]
    public async Task Find_AnEmptyTable_HasNoRows()
    {
        await served.MakeTableAsync("t");
        var plan = await served.FindAsync(new DatasetSelection("lab.t", Current) { Filter = "id > 3" });
        Assert.Equal(0, plan.Rows);
        Assert.Null(plan.Table!.Snapshot);
        Assert.Empty(await served.ColumnAsync(plan, "id"));

        await served.AppendAsync("t", 0, 2);
        await Assert.ThrowsAsync<InvalidOperationException>(() => served.Source.PartsAsync(plan, Token));
        var none = await served.FindAsync(new DatasetSelection("lab.t", Current) { Filter = "id > 3" });
        Assert.Empty(await served.ColumnAsync(none, "id"));
    }

    [Theory]
    [InlineData("id >", "syntax error")]
    [InlineData("idd > 3", "there is no column 'idd'; the columns are id, x, ok, name")]
    [InlineData("id IN (SELECT 1)", "subquery")]
    [InlineData("id = 'many'", "'many'")]
    [InlineData("name LIKE 5 OR read_text('/etc/passwd') IS NOT NULL", "not allowed")]
    public async Task Find_WithAFilterThatIsNone_SaysWhy(string filter, string reason)
    {
        await served.MakeTableAsync("t");
        await served.AppendAsync("t", 0, 2);
        var fault = await Assert.ThrowsAsync<FormatException>(() => served.FindAsync(new DatasetSelection("lab.t", Current) { Filter = filter }));
        Assert.StartsWith("the filter of the data set 'lab.t': ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_WhatIsNotThere_SaysWhatIs()
    {
        await served.MakeTableAsync("readings");
        var missing = await Assert.ThrowsAsync<DatasetNotFoundException>(() => served.FindAsync(new DatasetSelection("lab.reading", Current)));
        Assert.Equal("there is no table 'lab.reading'", missing.Message);
        Assert.Equal(["lab.readings"], missing.Near);
        Assert.Contains("names no table", (await Assert.ThrowsAsync<FormatException>(() => served.FindAsync(new DatasetSelection("readings", Current)))).Message, StringComparison.Ordinal);
        var column = await Assert.ThrowsAsync<FormatException>(() => served.FindAsync(new DatasetSelection("lab.readings", Current) { Columns = ["id", "idd"] }));
        Assert.Contains("has no column 'idd'; it has 'id', 'x'", column.Message, StringComparison.Ordinal);
        foreach (var version in new[] { new TableSelection { Snapshot = 77 }, new TableSelection { Ref = "gold" }, new TableSelection { AsOf = DateTimeOffset.UnixEpoch } })
        {
            var fault = await Assert.ThrowsAsync<FormatException>(() => served.FindAsync(new DatasetSelection("lab.readings", version)));
            Assert.Contains("does not exist", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Find_WhenTheManifestListIsGone_SaysWhichFileAndWhatToDo()
    {
        await served.MakeTableAsync("t");
        var table = await served.AppendAsync("t", 0, 5);
        var list = table.Metadata.CurrentSnapshot!.ManifestList!.Replace("file://", "", StringComparison.Ordinal);
        File.Delete(list);
        var fault = await Assert.ThrowsAsync<DatasetSourceException>(() => served.FindAsync(new DatasetSelection("lab.t", Current)));
        Assert.Equal((SourceFault.Unreadable, false), (fault.Fault, fault.IsTransient));
        Assert.StartsWith("the data set 'lab.t' cannot be read: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(list, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_OfAFileThatIsGone_FailWithItsName()
    {
        await served.MakeTableAsync("t");
        var table = await served.AppendAsync("t", 0, 5);
        var plan = await served.FindAsync(new DatasetSelection("lab.t", Current));
        var file = (await table.NewScan().PlanAsync(Token)).Tasks[0].File.FilePath;
        File.Delete(file.Replace("file://", "", StringComparison.Ordinal));
        var fault = await Assert.ThrowsAsync<DatasetSourceException>(() => served.ColumnAsync(plan, "id"));
        Assert.Equal(SourceFault.Unreadable, fault.Fault);
        Assert.Contains(file.Replace("file://", "", StringComparison.Ordinal), fault.Message, StringComparison.Ordinal);
    }
}
