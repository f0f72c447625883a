using System.Globalization;
using Features.Core.Ingestion;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Features.Functions.Hosting;

/// <summary>Works the inbox until the host stops; then claims nothing more and finishes what it has in hand.</summary>
public sealed class IngestWorker(InboxWorker worker, FeaturesFunctionsOptions options, TimeProvider clock, ILogger<IngestWorker> log) : BackgroundService
{
    private static readonly TimeSpan FaultPause = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource giveUp = new();

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var drain = new CancellationTokenSource(options.DrainTime, clock);
        await using var givingUp = drain.Token.Register(giveUp.Cancel).ConfigureAwait(false);
        await using var forced = cancellationToken.Register(giveUp.Cancel).ConfigureAwait(false);

        // Not with the host's token: the batch in hand is given back, not abandoned.
        await base.StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        giveUp.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, options.Workers).Select(
        i => WorkAsync(string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{i}"), stoppingToken)));

    private async Task WorkAsync(string name, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var pause = await RunOnceAsync(name).ConfigureAwait(false) ? TimeSpan.Zero : options.IdlePoll;
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, clock, stopping).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // Whatever it is, the host goes on: the batch is free again when its lease has run out.
                Log.WorkerFault(log, FaultPause.TotalSeconds, fault);
                await Task.Delay(FaultPause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> RunOnceAsync(string name)
    {
        switch (await worker.RunOnceAsync(name, giveUp.Token).ConfigureAwait(false))
        {
            case null:
                return false;
            case { Outcome: { Error: { } error } } failed:
                Log.Rejected(log, failed.Batch.Pipeline, failed.Batch.Sequence, error);
                return true;
            case { Outcome: { } done } result:
                Log.Ingested(log, result.Batch.Pipeline, result.Batch.Sequence, done.Good, done.Quarantined, done.Read, done.Snapshot);
                return true;
            case var early:
                Log.Postponed(log, early.Batch.Pipeline, early.Batch.Sequence, early.Postponed!);
                return true;
        }
    }
}
