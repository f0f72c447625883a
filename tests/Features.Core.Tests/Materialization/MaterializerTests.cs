using CsCheck;
using Features.Core.Definitions;
using Features.Core.Materialization;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using static Features.Core.Tests.Materialization.MaterializationWorkspace;

namespace Features.Core.Tests.Materialization;

public sealed class MaterializerTests
{
    private static readonly Event[] Some =
    [
        new("ada", 1, 10, 11, 5, "a"), new("ada", 1, 20, 21, 6, "b"), new("bob", 1, 10, 12, 7, null), new("bob", 2, 30, 30, null, "c"),
        new(null, 1, 10, 11, 5, "no key"), new("ada", 3, null, 11, 5, "no event"), new("ada", 3, 5, null, 5, "no availability"),
    ];

    [Fact]
    public async Task FirstTime_ReadsAllRowsButThoseWithoutKeyOrClock()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);

        var results = await workspace.RunAsync();

        Assert.Equal(["latest", "counts"], results.Select(r => r.View));
        Assert.All(results, r => Assert.Equal(MaterializationMode.Full, r.Mode));
        Assert.Equal((4, 3), ((int)results[0].RowsRead, (int)results[0].KeysWritten));
        Assert.Equal((6, 3), ((int)results[1].RowsRead, (int)results[1].KeysWritten));
        Assert.Equal(["10/11 5|a", "20/21 6|b"], RowsOf(workspace, "latest")[0]);
        var state = (await workspace.Views.FindAsync("latest", default))!;
        Assert.Equal(30, state.Frontier);
        Assert.Equal((await workspace.OpenAsync()).Metadata.CurrentSnapshotId, state.Sources.Single().SnapshotId);
    }

    [Fact]
    public async Task Again_DoesNothing()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync();
        workspace.Views.Calls.Clear();

        Assert.All(await workspace.RunAsync(), r => Assert.Equal((MaterializationMode.Unchanged, 0L), (r.Mode, r.RowsRead)));
        Assert.Empty(workspace.Views.Calls);
    }

    [Fact]
    public async Task AppendAndCompaction_ReadOnlyWhatWasAdded()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync();
        await workspace.AppendAsync(new Event("ada", 1, 15, 16, 1, "late"));
        await workspace.CompactAsync();
        await workspace.AppendAsync(new Event("eve", 9, 1, 2, 1, "new"));

        var result = (await workspace.RunAsync(false, "latest")).Single();

        Assert.Equal((MaterializationMode.Append, 2, 2, 0), (result.Mode, (int)result.RowsRead, (int)result.KeysWritten, (int)result.KeysRecomputed));
        Assert.Equal(["10/11 5|a", "15/16 1|late", "20/21 6|b"], RowsOf(workspace, "latest")[0]);
        Assert.Equal(30, (await workspace.Views.FindAsync("latest", default))!.Frontier);
    }

    [Fact]
    public async Task RowsEqualInBothClocks_AreDecidedByTheSource()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync();
        await workspace.AppendAsync(new Event("ada", 1, 20, 21, 4, "loses by order_by"), new Event("bob", 1, 10, 12, 8, "wins by order_by"));

        var result = (await workspace.RunAsync(false, "latest")).Single();

        Assert.Equal((MaterializationMode.Append, 2), (result.Mode, (int)result.KeysRecomputed));
        Assert.Equal(["10/11 5|a", "20/21 4|loses by order_by", "20/21 6|b"], RowsOf(workspace, "latest")[0]);
        Assert.Equal(["10/12 7|∅", "10/12 8|wins by order_by"], RowsOf(workspace, "latest")[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeletedRows_RecomputeTheirKeysOnly(bool mergesOnRead)
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync();
        await workspace.DeleteAsync(Filter.Compare("note", Comparison.In, "b", "c"), mergesOnRead);

        var result = (await workspace.RunAsync(false, "latest")).Single();

        // All rows lay in the one file; of three keys two lost a row, and one of them its last.
        Assert.Equal((MaterializationMode.Keys, 2), (result.Mode, (int)result.KeysRecomputed));
        Assert.Equal([["10/11 5|a"], ["10/12 7|∅"]], RowsOf(workspace, "latest"));
    }

    [Fact]
    public async Task Rollback_TakesAwayWhatCameSince()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.AppendAsync(new Event("eve", 9, 1, 2, 1, "new"));
        await workspace.RunAsync();
        Assert.True(await workspace.RollbackAsync(1));

        Assert.Equal(MaterializationMode.Keys, (await workspace.RunAsync())[0].Mode);
        Assert.Equal(3, workspace.Views.RowsOf("latest").Count);
    }

    [Fact]
    public async Task ChangedDefinition_ReadsAnew_ButItsDescriptionDoesNot()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync();
        var view = Declared.Find<FeatureView>("latest")!;

        workspace.Definitions = new DefinitionSet([view with { Description = "what was bought last" }]).Over(Declared);
        Assert.Equal(MaterializationMode.Unchanged, (await workspace.RunAsync(false, "latest")).Single().Mode);

        workspace.Definitions = new DefinitionSet([view with { Features = [new Feature("last_amount", "amount + 1")] }]).Over(Declared);
        Assert.Equal(MaterializationMode.Full, (await workspace.RunAsync(false, "latest")).Single().Mode);
        Assert.Equal(["10/11 6", "20/21 7"], RowsOf(workspace, "latest")[0]);
    }

    [Fact]
    public async Task ExpiredSnapshot_ReadsAnew()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync();
        await workspace.AppendAsync(new Event("eve", 9, 1, 2, 1, "new"));
        await workspace.AppendAsync(new Event("eve", 9, 2, 3, 1, "newer"));
        await workspace.ExpireAsync(1);

        Assert.Equal(MaterializationMode.Full, (await workspace.RunAsync(false, "latest")).Single().Mode);
        Assert.Equal(4, workspace.Views.RowsOf("latest").Count);
    }

    [Fact]
    public async Task ExpiredSnapshot_WithOneAppendSince_IsAddedTo()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync();
        await workspace.AppendAsync(new Event("eve", 9, 1, 2, 1, "new"));
        await workspace.ExpireAsync(1);

        Assert.Equal((MaterializationMode.Append, 1L), (await workspace.RunAsync(false, "latest")).Select(r => (r.Mode, r.RowsRead)).Single());
        Assert.Equal(4, workspace.Views.RowsOf("latest").Count);
    }

    [Fact]
    public async Task AddedColumn_IsRead_AndRenamedOneReadsAnew()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync();
        await (await workspace.OpenAsync()).NewTransaction().Add(new UpdateSchema().AddColumn("more", new PrimitiveType(PrimitiveKind.Int))).CommitAsync(default);
        await workspace.DeleteAsync(Filter.Compare("note", Comparison.Equal, "b"));
        Assert.Equal(MaterializationMode.Keys, (await workspace.RunAsync(false, "latest")).Single().Mode);
        Assert.Equal(["10/11 5|a"], RowsOf(workspace, "latest")[0]);

        await (await workspace.OpenAsync()).NewTransaction().Add(new UpdateSchema().RenameColumn("note", "remark").RenameColumn("more", "note")).CommitAsync(default);
        await workspace.DeleteAsync(Filter.Compare("remark", Comparison.Equal, "c"));
        workspace.Definitions = new DefinitionSet([Declared.Find<FeatureView>("latest")! with { Features = [new Feature("last_amount", "amount")] }]).Over(Declared);
        await workspace.RunAsync(true, "latest");
        await workspace.DeleteAsync(Filter.Compare("amount", Comparison.Equal, 7));
        Assert.Equal(MaterializationMode.Keys, (await workspace.RunAsync(false, "latest")).Single().Mode);
        Assert.Equal([["10/11 5"]], RowsOf(workspace, "latest"));
    }

    [Fact]
    public async Task SqlView_OverOneTableRowByRow_IsIncremental_AndAnAggregateIsReadAnew()
    {
        await using var workspace = new MaterializationWorkspace();
        var view = new FeatureView("spent", "item") { Sql = "SELECT item, \"at\", amount * 10 AS tens FROM shop.events WHERE amount > 5", Clocks = new Clocks("at"), Features = [new Feature("tens", "tens")] };
        var grouped = view with { Name = "grouped", Sql = "SELECT item, max(\"at\") AS \"at\", sum(amount)::BIGINT AS tens FROM shop.events GROUP BY item" };
        workspace.Definitions = new DefinitionSet([view, grouped]).Over(Declared);
        await workspace.AppendAsync(Some);
        await workspace.RunAsync(false, "spent", "grouped");
        await workspace.AppendAsync(new Event("ada", 1, 50, 51, 9, "added"));

        var results = await workspace.RunAsync(false, "spent", "grouped");

        Assert.Equal([MaterializationMode.Append, MaterializationMode.Full], results.Select(r => r.Mode));
        Assert.Equal([["10/ 70", "20/ 60", "50/ 90"]], RowsOf(workspace, "spent"));
        Assert.Equal("50/ 32", RowsOf(workspace, "grouped")[0].Single());
    }

    [Fact]
    public async Task UnknownView_IsNamed()
    {
        await using var workspace = new MaterializationWorkspace();
        var fault = await Assert.ThrowsAsync<MaterializationException>(() => workspace.RunAsync(false, "lates"));
        Assert.Contains("'lates'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("latest", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunsAndReads_AreToldToLineageAndAudit()
    {
        await using var workspace = new MaterializationWorkspace();
        await workspace.AppendAsync(Some);
        await workspace.RunAsync(false, "latest");

        var events = (await File.ReadAllLinesAsync(workspace.LineagePath, TestContext.Current.CancellationToken)).Where(l => l.Contains("online.latest", StringComparison.Ordinal)).ToList();
        Assert.Contains("START", events[0], StringComparison.Ordinal);
        Assert.Contains("COMPLETE", events[1], StringComparison.Ordinal);
        Assert.Contains("\"mode\"", events[1], StringComparison.Ordinal);
    }

    /// <summary>Whatever happens to the table, and wherever a step is stopped, what is online is what reading everything anew gives.</summary>
    [Fact]
    public async Task AnyHistory_GivesWhatReadingAnewGives() => await Gen.Int[1, 1_000_000].SampleAsync(
        async seed =>
        {
            var random = new Random(seed);
            await using var workspace = new MaterializationWorkspace { RowsPerPart = random.Next(1, 9) };
            await workspace.AppendAsync(Histories.NewRows(random, 20));
            for (var step = 0; step < 7; step++)
            {
                await Histories.ChangeAsync(workspace, random);
                if (random.Next(3) > 0)
                {
                    var faults = random.Next(3);
                    workspace.Views.Reached = _ => { if (random.Next(4) == 0 && faults-- > 0) { throw new InvalidOperationException("stopped"); } };
                    while (true)
                    {
                        try
                        {
                            await workspace.RunAsync();
                            break;
                        }
                        catch (InvalidOperationException stopped) when (stopped.Message == "stopped")
                        {
                            if (random.Next(3) == 0)
                            {
                                await Histories.ChangeAsync(workspace, random);
                            }
                        }
                    }

                    workspace.Views.Reached = _ => { };
                    var anew = await workspace.AnewAsync();
                    foreach (var view in new[] { "latest", "counts" })
                    {
                        Assert.Equal(Text(anew, view), Text(workspace.Views, view));
                    }
                }
            }
        },
        iter: 12,
        threads: 1);

    private static string Text(MemoryViews views, string view) => string.Join('\n', views.RowsOf(view).Select(k => $"{k.Key}: {string.Join("; ", k.Value)}"));

    private static List<List<string>> RowsOf(MaterializationWorkspace workspace, string view) =>
        [.. workspace.Views.RowsOf(view).Values.Select(rows => rows.Select(r => $"{r.Event}/{r.Available} {string.Join('|', r.Cells.Split('|').Take(2))}").ToList())];
}
