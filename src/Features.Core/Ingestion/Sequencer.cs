using Features.Core.Inbox;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Core.Ingestion;

/// <summary>
/// Lets the commits of one pipeline happen in the order of their sequences, each once. The fence is the commit itself: its guard sees the progress in the metadata that it is
/// swapped against, so a holder that lost its lease and wakes late changes nothing.
/// </summary>
internal sealed class Sequencer(ICatalog catalog, IInbox inbox, IngestOptions options, TimeProvider clock)
{
    /// <summary>Waits until the sequence before the batch's is committed. True: it is the batch's turn; false: the batch itself is committed already.</summary>
    /// <exception cref="BatchPostponedException">Its turn did not come in time, or a batch before it waits for a worker.</exception>
    public async Task<bool> WaitForTurnAsync(TableIdentifier target, Progress progress, ClaimedBatch batch, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            var table = await catalog.TryLoadTableAsync(target, cancellationToken).ConfigureAwait(false)
                ?? throw new BatchPostponedException($"table '{target}' was dropped while the batch was prepared", isFault: true);
            var reached = progress.Of(table.Metadata);
            if (reached >= batch.Sequence - 1)
            {
                return reached < batch.Sequence;
            }

            var before = await inbox.PredecessorsAsync(batch, reached, cancellationToken).ConfigureAwait(false);
            if (before.Unfinished == 0)
            {
                await CloseGapAsync(table, progress, reached, batch.Sequence - 1, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (before.Free > 0 || clock.GetElapsedTime(began) >= options.TurnWait)
            {
                throw new BatchPostponedException($"{before.Unfinished} earlier batches of pipeline '{batch.Pipeline}' have to be committed first", isFault: false);
            }

            await Task.Delay(options.TurnPoll, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Commits the good rows and the sequence. False if another attempt did so before.</summary>
    public static async Task<CommitResult> CommitAsync(Table table, Progress progress, ClaimedBatch batch, IReadOnlyList<DataFile> files, IReadOnlyDictionary<string, string> summary, CancellationToken cancellationToken) =>
        await CommitInTurnAsync(table, progress, batch, files, summary, progress.Reached(batch.Sequence), cancellationToken).ConfigureAwait(false);

    /// <summary>Commits the sequence without rows, so that the next batch can go on.</summary>
    public static async Task<CommitResult> VoidAsync(Table table, Progress progress, ClaimedBatch batch, string reason, CancellationToken cancellationToken) =>
        await CommitInTurnAsync(table, progress, batch, [], null, progress.Voided(batch.Sequence, reason), cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Commits the quarantined rows; to be called when it is the batch's turn at the target, so that only attempts of this very batch can be doing the same. False if one of them did before.
    /// </summary>
    public static async Task<CommitResult> CommitQuarantineAsync(Table table, Progress progress, ClaimedBatch batch, IReadOnlyList<DataFile> files, IReadOnlyDictionary<string, string> summary, CancellationToken cancellationToken)
    {
        var transaction = table.NewTransaction().Add(new AppendFiles(files, summary)).Add(new SetProperties(progress.Reached(batch.Sequence)));
        transaction.Guard = current => progress.Of(current) < batch.Sequence;
        return await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<CommitResult> CommitInTurnAsync(
        Table table, Progress progress, ClaimedBatch batch, IReadOnlyList<DataFile> files, IReadOnlyDictionary<string, string>? summary, Dictionary<string, string?> properties, CancellationToken cancellationToken)
    {
        var transaction = table.NewTransaction();
        if (files.Count > 0)
        {
            transaction.Add(new AppendFiles(files, summary));
        }

        transaction.Add(new SetProperties(properties));
        transaction.Guard = current => IsInTurn(current, progress, batch);
        return await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool IsInTurn(TableMetadata current, Progress progress, ClaimedBatch batch)
    {
        var reached = progress.Of(current);
        return reached >= batch.Sequence - 1
            ? reached < batch.Sequence
            : throw new BatchPostponedException($"table '{batch.Pipeline}' went back to sequence {reached} of its inbox while {batch.Sequence} was being committed", isFault: true);
    }

    // Batches that failed before there was a table could not be voided in it.
    private static async Task CloseGapAsync(Table table, Progress progress, long from, long to, CancellationToken cancellationToken)
    {
        var transaction = table.NewTransaction().Add(new SetProperties(progress.Reached(to)));
        transaction.Guard = current => progress.Of(current) == from;
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }
}
