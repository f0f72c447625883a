using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Core.Lineage;
using Features.Functions.Hosting;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Features.Functions.Tests.Hosting;

/// <summary>The worker alone: its pipeline is not applied, so that a batch ends soon, as failed, and needs no engine.</summary>
public sealed class IngestWorkerTests : IIngestObserver, IPipelines, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("features-worker-");
    private readonly TaskCompletionSource claimed = new();
    private readonly TaskCompletionSource goOn = new();
    private SqliteInbox? inbox;

    private SqliteInbox Inbox => inbox ??= new SqliteInbox(Path.Combine(folder.FullName, "inbox.db"), TimeProvider.System);

    public ValueTask<IReadOnlyList<AppliedPipeline>> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<AppliedPipeline>>([]);

    public async ValueTask ReachedAsync(IngestStep step, ClaimedBatch batch, CancellationToken cancellationToken)
    {
        claimed.TrySetResult();
        await goOn.Task.WaitAsync(cancellationToken);
    }

    [Fact]
    public async Task Stop_WithABatchInHand_FinishesIt_AndClaimsNoOther()
    {
        var states = await StopWithABatchInHandAsync(TimeSpan.FromMinutes(1), whileStopping: () => goOn.SetResult());
        Assert.Equal(["failed", "pending"], states);
    }

    [Fact]
    public async Task Stop_WithABatchThatDoesNotFinishInTime_GivesItBack()
    {
        var states = await StopWithABatchInHandAsync(TimeSpan.FromMilliseconds(1), whileStopping: () => { });
        Assert.Equal(["pending", "pending"], states);
    }

    private async Task<IEnumerable<string>> StopWithABatchInHandAsync(TimeSpan drainTime, Action whileStopping)
    {
        foreach (var id in new[] { "1", "2" })
        {
            await Inbox.AcceptAsync(new Arrival("test", id, "p", $"/landing/{id}", "v", null), default);
        }

        var storage = new LocalObjectStore();
        using var catalog = new SqliteCatalog(Path.Combine(folder.FullName, "catalog.db"), "c", folder.FullName, storage, TimeProvider.System);
        using var lineage = new FileLineageSink(Path.Combine(folder.FullName, "lineage.ndjson"), TimeProvider.System);
        var ports = new IngestPorts
        {
            Inbox = Inbox,
            Pipelines = this,
            Catalog = catalog,
            Files = new ParquetNetFormat(storage),
            Engine = null!,
            Gate = new ReadGate(catalog, new LocalPolicy(), new SqliteAuditLog(Path.Combine(folder.FullName, "audit.db"), TimeProvider.System), TimeProvider.System),
            Lineage = lineage,
            Clock = TimeProvider.System,
        };
        var options = new IngestOptions();
        using var worker = new IngestWorker(
            new InboxWorker(Inbox, new Ingestor(ports, options, this), options, TimeProvider.System),
            new FeaturesFunctionsOptions { Workspace = folder.FullName, Workers = 1, DrainTime = drainTime },
            TimeProvider.System,
            NullLogger<IngestWorker>.Instance);
        await worker.StartAsync(default);
        await claimed.Task.WaitAsync(TestContext.Current.CancellationToken);
        var stopping = worker.StopAsync(default);
        whileStopping();
        await stopping;
        return (await Inbox.ListAsync(null, default)).Select(b => b.State);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
