using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Flight.Protocol;
using Features.Flight.Serving.Put;
using Features.Server.Serving;
using Features.Server.Workspaces;
using Schema = Apache.Arrow.Schema;

namespace Features.Server.Tests.Serving;

/// <summary>Puts into a table that no pipeline fills, into one that a pipeline fills, and into a push source.</summary>
public sealed class PutSinkTests : IAsyncLifetime
{
    private const string Id = "2026-01-05";
    private static readonly Schema Readings = new([new Field("id", Int64Type.Default, true), new Field("value", DoubleType.Default, true)], null);
    private readonly string folder = Directory.CreateTempSubdirectory("features-put-").FullName;
    private Workspace workspace = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: put\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "all.yaml"), """
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
            clean: SELECT id, value, value * 2 AS twice FROM source
            rules:
              - { id: positive, expression: "value IS NULL OR value >= 0" }
            target: { table: plant.readings, mode: append }
            """, Token);
        workspace = await Workspace.OpenAsync(folder, Token);
        await workspace.ApplyAsync(planOnly: false, Token);
        await workspace.WriteNewTableAsync(Iceberg.TableIdentifier.TryParse("plant.loose")!, Readings, Batches(Rows(1, 1)), Token);
    }

    public async ValueTask DisposeAsync()
    {
        await workspace.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Table_ThatNoPipelineFills_GetsRowsOfItsColumns()
    {
        var receipt = await PutAsync(PutRequest.ToTable("plant.loose") with { Id = Id }, Readings, Rows(10, 3), Rows(20, 2));

        Assert.Equal((Id, "plant.loose", 5, 5, 0, false), (receipt.Id, receipt.Table, receipt.Rows, receipt.Good, receipt.Quarantined, receipt.Duplicate));
        Assert.Equal([1, 10, 11, 12, 20, 21], await IdsAsync("plant.loose"));
        Assert.Equal((await workspace.Catalog.TryLoadTableAsync(Iceberg.TableIdentifier.TryParse("plant.loose")!, Token))!.Metadata.CurrentSnapshotId, receipt.Snapshot);
    }

    [Fact]
    public async Task Table_ThatAPipelineFills_GetsRowsByItsRules()
    {
        var receipt = await PutAsync(PutRequest.ToTable("plant.readings"), Readings, Rows(-2, 5));

        Assert.Equal((5, 3, 2), (receipt.Rows, receipt.Good, receipt.Quarantined));
        Assert.NotNull(receipt.QuarantineSnapshot);
        Assert.Equal([0, 1, 2], await IdsAsync("plant.readings"));
        Assert.Equal([0, 2, 4], (await ListAsync("SELECT CAST(twice AS BIGINT) AS x FROM plant.readings ORDER BY 1")));
    }

    [Fact]
    public async Task SameId_SentAgain_HasTheSameResultAndNoSecondRow_AlsoAfterARestart()
    {
        var request = PutRequest.ToTable("plant.loose") with { Id = Id };
        var first = await PutAsync(request, Readings, Rows(10, 3));
        var again = await PutAsync(request, Readings, Rows(10, 3));
        await workspace.DisposeAsync();
        workspace = await Workspace.OpenAsync(folder, Token);
        File.Delete(Path.Combine(folder, "put", "plant.loose", $"{Id}.arrow"));
        var later = await PutAsync(request, Readings, Rows(10, 3));

        Assert.Equal(first with { Duplicate = true }, again);
        Assert.Equal(again, later);
        Assert.Equal([1, 10, 11, 12], await IdsAsync("plant.loose"));
    }

    [Fact]
    public async Task SameId_ForOtherRows_IsRefused()
    {
        var request = PutRequest.ToTable("plant.loose") with { Id = Id };
        await PutAsync(request, Readings, Rows(10, 3));

        var refusal = await Assert.ThrowsAsync<PutException>(() => PutAsync(request, Readings, Rows(11, 3)));
        File.Delete(Path.Combine(folder, "put", "plant.loose", $"{Id}.arrow"));
        var later = await Assert.ThrowsAsync<PutException>(() => PutAsync(request, Readings, Rows(11, 3)));

        Assert.Equal((PutFault.IdTaken, PutFault.IdTaken), (refusal.Fault, later.Fault));
        Assert.Equal([1, 10, 11, 12], await IdsAsync("plant.loose"));
    }

    [Fact]
    public async Task Put_DroppedBeforeItsEnd_LeavesNeitherRowsNorFilesNorBatches()
    {
        var sink = new PutSink(workspace);
        var request = PutRequest.ToTable("plant.loose") with { Id = Id };
        await using (var put = await sink.OpenAsync((await sink.FindAsync(request, Token))!, request, Readings, Token))
        {
            using var rows = Rows(10, 3);
            await put.WriteAsync(rows, Token);
        }

        Assert.Empty(await workspace.Inbox.ListAsync(null, Token));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder, "put"), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }));
        Assert.Equal([1], await IdsAsync("plant.loose"));
    }

    [Theory]
    [InlineData(IngestStep.Claimed)]
    [InlineData(IngestStep.GoodFilesWritten)]
    [InlineData(IngestStep.GoodCommitted)]
    [InlineData(IngestStep.LineageEnded)]
    public async Task Put_WhoseServiceStopsAfterTakingItIn_IsCommittedOnceWhenItIsSentAgain(IngestStep step)
    {
        var request = PutRequest.ToTable("plant.loose") with { Id = Id };
        await workspace.DisposeAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        workspace = await Workspace.OpenAsync(folder, new WorkspaceOptions { Observer = new StopAt(step, stop) }, Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PutAsync(request, Readings, stop.Token, Rows(10, 3)));
        await workspace.DisposeAsync();
        workspace = await Workspace.OpenAsync(folder, Token);

        var receipt = await PutAsync(request, Readings, Rows(10, 3));

        Assert.Equal((3, 3, true), (receipt.Rows, receipt.Good, receipt.Duplicate));
        Assert.Equal([1, 10, 11, 12], await IdsAsync("plant.loose"));
    }

    [Fact]
    public async Task Columns_ThatDoNotFit_AreAllNamedBeforeTheFirstRow()
    {
        var schema = new Schema([new Field("value", new ListType(DoubleType.Default), true), new Field("colour", StringType.Default, true)], null);
        var refusal = await Assert.ThrowsAsync<PutException>(() => PutAsync(PutRequest.ToTable("plant.readings"), schema));

        Assert.Equal(PutFault.Unfit, refusal.Fault);
        Assert.Contains("pipeline 'readings'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'id' (long) is missing", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'value' is list, which cannot be double", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'colour' is not among", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plant.nothing")]
    [InlineData("plant.")]
    public async Task Table_ThatIsNotThere_IsNoTarget(string table) => Assert.Null(await new PutSink(workspace).FindAsync(PutRequest.ToTable(table), Token));

    [Fact]
    public async Task PushSource_GetsRowsOfItsTable()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "push.yaml"), "kind: PushSource\nname: loose_push\ntable: plant.loose\n", Token);
        await workspace.ApplyAsync(planOnly: false, Token);

        var receipt = await PutAsync(PutRequest.ToPush("loose_push"), Readings, Rows(10, 1));

        Assert.Equal(("plant.loose", 1), (receipt.Table, receipt.Good));
        Assert.Equal([1, 10], await IdsAsync("plant.loose"));
        Assert.Null(await new PutSink(workspace).FindAsync(PutRequest.ToPush("nobody"), Token));
    }

    private Task<PutReceipt> PutAsync(PutRequest request, Schema schema, params RecordBatch[] batches) => PutAsync(request, schema, Token, batches);

    private async Task<PutReceipt> PutAsync(PutRequest request, Schema schema, CancellationToken cancellationToken, params RecordBatch[] batches)
    {
        var sink = new PutSink(workspace);
        await using var put = await sink.OpenAsync((await sink.FindAsync(request, cancellationToken))!, request, schema, cancellationToken);
        foreach (var batch in batches)
        {
            using (batch)
            {
                await put.WriteAsync(batch, cancellationToken);
            }
        }

        return await put.CommitAsync(cancellationToken);
    }

    private Task<List<long>> IdsAsync(string table) => ListAsync($"SELECT id AS x FROM {table} ORDER BY 1");

    private async Task<List<long>> ListAsync(string sql)
    {
        var values = new List<long>();
        await foreach (var value in workspace.QueryAsync<long>(sql, Token))
        {
            values.Add(value);
        }

        return values;
    }

    private static RecordBatch Rows(long first, int count) => new(
        Readings,
        [
            new Int64Array.Builder().AppendRange(Enumerable.Range(0, count).Select(i => first + i)).Build(),
            new DoubleArray.Builder().AppendRange(Enumerable.Range(0, count).Select(i => (double)(first + i))).Build(),
        ],
        count);

    private static async IAsyncEnumerable<RecordBatch> Batches(RecordBatch batch)
    {
        await Task.CompletedTask;
        yield return batch;
    }

    private sealed class StopAt(IngestStep step, CancellationTokenSource stop) : IIngestObserver
    {
        public async ValueTask ReachedAsync(IngestStep reached, ClaimedBatch batch, CancellationToken cancellationToken)
        {
            if (reached == step)
            {
                await stop.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
