using System.Globalization;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Actions that commit together: refresh, check the guard, replay the actions, compare-and-swap; repeated while other writers are first. A conflict of an action with others' commits is final.</summary>
/// <remarks>
/// Attempts and waits follow the table properties <c>commit.retry.num-retries</c> (default 4), <c>commit.retry.min-wait-ms</c> (100), <c>commit.retry.max-wait-ms</c> (60,000) and
/// <c>commit.retry.total-timeout-ms</c> (30 minutes). Where the catalog does not say whether a commit took place, the table is read to learn it, as often as the properties
/// <c>commit.status-check.*</c> of the same endings say (3 retries, 1,000, 60,000, 30 minutes). <c>write.metadata.delete-after-commit.enabled</c> (default false) removes the metadata files that
/// leave the metadata log.
/// </remarks>
public sealed class Transaction
{
    private readonly Table table;
    private readonly ICatalog catalog;
    private readonly List<IAction> actions = [];

    internal Transaction(Table table, ICatalog catalog)
    {
        this.table = table;
        this.catalog = catalog;
    }

    /// <summary>Asked with the refreshed metadata before each attempt; returns false if the work is done already (the commit then changes nothing). May throw to refuse. Null always proceeds.</summary>
    public Func<TableMetadata, bool>? Guard { get; set; }

    /// <summary>Adds an action; they are replayed in order.</summary>
    /// <exception cref="InvalidTableArgumentException">This very action is in the transaction already.</exception>
    public Transaction Add(IAction action)
    {
        if (actions.Contains(action, ReferenceEqualityComparer.Instance))
        {
            throw new InvalidTableArgumentException($"the same {action.GetType().Name} was added twice to a transaction on '{table.Name}'; make a second one for the second time");
        }

        actions.Add(action);
        return this;
    }

    /// <summary>Commits. Returns the table as it then is, and whether this call changed it.</summary>
    /// <exception cref="CommitConflictException">An action conflicts with what others committed, the retries ran out, or the table is gone.</exception>
    /// <exception cref="CommitStateUnknownException">The catalog did not say whether the commit took place, and reading the table did not tell either, or was cancelled.</exception>
    /// <exception cref="UnsupportedFeatureException">The table is of a format version that is not written.</exception>
    public async Task<CommitResult> CommitAsync(CancellationToken cancellationToken)
    {
        UnknownOutcome? unknown = null;
        CommitStateUnknownException? doubt = null;
        var files = new CommitFiles(table.Storage);
        var (waits, started) = (CommitWaits.OfRetries(table.Metadata), catalog.Clock.GetTimestamp());
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var current = await (unknown is null ? RefreshAsync(cancellationToken) : RefreshToLearnAsync(cancellationToken)).ConfigureAwait(false);
                if (unknown is not null && unknown.TookPlace(current))
                {
                    return await FoundAsync(unknown, current).ConfigureAwait(false);
                }

                if (unknown?.CannotTell(current) == true)
                {
                    throw unknown.Error;
                }

                if (unknown?.IsOvertaken(current) == true)
                {
                    doubt ??= unknown.LeavesAMark ? null : unknown.Error;
                    unknown = null;
                }

                if (Guard is { } guard && !guard(current.Metadata))
                {
                    await (unknown is null ? files.RemoveAllButAsync(new HashSet<string>()) : Task.CompletedTask).ConfigureAwait(false);
                    return new CommitResult(current, Changed: false);
                }

                var context = new CommitContext(current, attempt, Math.Max(catalog.Clock.GetUtcNow().ToUnixTimeMilliseconds(), current.Metadata.LastUpdatedMs), files);
                var updated = await ReplayAsync(current, context, cancellationToken).ConfigureAwait(false);
                if (ReferenceEquals(updated, current.Metadata))
                {
                    return new CommitResult(current, Changed: false);
                }

                updated = MetadataHistory.Advance(current, updated, context.NowMs);
                try
                {
                    if (await catalog.TrySwapAsync(current, updated, cancellationToken).ConfigureAwait(false) is { } committed)
                    {
                        await context.RemoveUnusedAsync().ConfigureAwait(false);
                        await OldMetadata.RemoveAsync(current, committed).ConfigureAwait(false);
                        return new CommitResult(committed, Changed: true);
                    }
                }
                catch (CommitStateUnknownException error)
                {
                    // Its files stay until a refresh tells which way it went.
                    unknown = new UnknownOutcome(current, updated, context, error, unknown);
                }

                if (waits.AreOver(attempt, catalog.Clock.GetElapsedTime(started)))
                {
                    return await LastLookAsync(unknown, attempt, cancellationToken).ConfigureAwait(false);
                }

                await Task.Delay(waits.Before(attempt), catalog.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (unknown is not null && fault is not CommitStateUnknownException)
        {
            // Whatever ended the wait, a cancellation too: a caller who takes this for a failure removes files that may be live.
            throw unknown.Error;
        }
        catch (Exception) when (unknown is null)
        {
            await files.RemoveAllButAsync(new HashSet<string>()).ConfigureAwait(false);
            if (doubt is not null)
            {
                // A change that is refused now may be in the way of itself: the column to be added is there already.
                throw doubt;
            }

            throw;
        }
    }

    private async Task<Table> RefreshAsync(CancellationToken cancellationToken)
    {
        var current = await catalog.TryLoadTableAsync(table.Identifier!, cancellationToken).ConfigureAwait(false);
        if (current is null)
        {
            throw new CommitConflictException(table.Name, "it was dropped");
        }

        return current.Metadata.TableUuid == table.Metadata.TableUuid
            ? current
            : throw new CommitConflictException(table.Name, "it was dropped and another table was made under its name");
    }

    /// <summary>Reads the table to learn what became of a commit: a failure to read it is tried again.</summary>
    private async Task<Table> RefreshToLearnAsync(CancellationToken cancellationToken)
    {
        var (waits, started) = (CommitWaits.OfStatusChecks(table.Metadata), catalog.Clock.GetTimestamp());
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RefreshAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is not (OperationCanceledException or CommitConflictException) && !waits.AreOver(attempt, catalog.Clock.GetElapsedTime(started)))
            {
                await Task.Delay(waits.Before(attempt), catalog.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The end of a transaction that tries no more: an outcome that is not known is looked up one last time.</summary>
    private async Task<CommitResult> LastLookAsync(UnknownOutcome? unknown, int attempt, CancellationToken cancellationToken)
    {
        if (unknown is null)
        {
            throw new CommitConflictException(table.Name, string.Create(CultureInfo.InvariantCulture, $"{attempt} attempts each found another commit made in between"));
        }

        var current = await RefreshToLearnAsync(cancellationToken).ConfigureAwait(false);
        return unknown.TookPlace(current) ? await FoundAsync(unknown, current).ConfigureAwait(false) : throw unknown.Error;
    }

    private static async Task<CommitResult> FoundAsync(UnknownOutcome unknown, Table current)
    {
        await (unknown.AttemptOf(current)?.RemoveUnusedAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        return new CommitResult(current, Changed: true);
    }

    private async Task<TableMetadata> ReplayAsync(Table current, CommitContext context, CancellationToken cancellationToken)
    {
        if (current.Metadata.FormatVersion != 2)
        {
            throw new UnsupportedFeatureException(
                string.Create(CultureInfo.InvariantCulture, $"writing format version {current.Metadata.FormatVersion}"), current.Name, "write it with the engine that made it, or copy it into a version 2 table");
        }

        var updated = current.Metadata;
        foreach (var action in actions)
        {
            updated = await action.ApplyAsync(updated, context, cancellationToken).ConfigureAwait(false);
        }

        return updated;
    }
}
