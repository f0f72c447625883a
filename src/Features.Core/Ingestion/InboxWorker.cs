using Features.Core.Inbox;

namespace Features.Core.Ingestion;

/// <summary>Takes batches out of the inbox one at a time and ingests them, keeping the lease while it works.</summary>
/// <param name="inbox">Where batches wait.</param>
/// <param name="ingestor">Does them.</param>
/// <param name="options">The lease.</param>
/// <param name="clock">The clock of the lease.</param>
public sealed class InboxWorker(IInbox inbox, Ingestor ingestor, IngestOptions options, TimeProvider clock)
{
    /// <summary>Ingests the oldest free batch; null if there is none.</summary>
    /// <param name="worker">The worker's name, for people.</param>
    /// <param name="cancellationToken">Stops the batch in hand too; it is given back.</param>
    public async Task<IngestResult?> RunOnceAsync(string worker, CancellationToken cancellationToken)
    {
        if (await inbox.ClaimAsync(worker, options.Lease, cancellationToken).ConfigureAwait(false) is not { } batch)
        {
            return null;
        }

        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var ended = new CancellationTokenSource();
        var keeping = KeepLeaseAsync(batch, attempt, ended.Token);
        try
        {
            return await ingestor.IngestAsync(batch, attempt.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new IngestResult(batch, null, "the lease was lost to another worker");
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await keeping.ConfigureAwait(false);
        }
    }

    private async Task KeepLeaseAsync(ClaimedBatch batch, CancellationTokenSource attempt, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(options.Lease / 3, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false))
            {
                if (!await ExtendAsync(batch, ended).ConfigureAwait(false))
                {
                    await attempt.CancelAsync().ConfigureAwait(false);
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The attempt ended.
        }
    }

    private async Task<bool> ExtendAsync(ClaimedBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await inbox.ExtendAsync(batch, options.Lease, cancellationToken).ConfigureAwait(false);
        }
        catch (StateStoreException)
        {
            // Tried again at the next tick; should the lease run out meanwhile, the token fences.
            return true;
        }
    }
}
