using System.Globalization;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Actions that commit together: refresh, check the guard, replay the actions, compare-and-swap; repeated while other writers are first.</summary>
/// <remarks>Attempts and waits follow the table properties <c>commit.retry.num-retries</c> (default 4), <c>commit.retry.min-wait-ms</c> (100) and <c>commit.retry.max-wait-ms</c> (60,000).</remarks>
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
    public Transaction Add(IAction action)
    {
        actions.Add(action);
        return this;
    }

    /// <summary>Commits. Returns the table as it then is, and whether this call changed it.</summary>
    /// <exception cref="CommitConflictException">The retries ran out, or the table is gone.</exception>
    /// <exception cref="CommitStateUnknownException">The catalog did not say whether the commit took place, and reading the table did not tell either, or was cancelled.</exception>
    /// <exception cref="UnsupportedFeatureException">The table is of a format version that is not written.</exception>
    public async Task<CommitResult> CommitAsync(CancellationToken cancellationToken)
    {
        UnknownOutcome? unknown = null;
        var waits = CommitWaits.Of(table.Metadata);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var current = await RefreshAsync(cancellationToken).ConfigureAwait(false);
                if (unknown is not null && unknown.TookPlace(current))
                {
                    return new CommitResult(current, Changed: true);
                }

                if (Guard is { } guard && !guard(current.Metadata))
                {
                    return new CommitResult(current, Changed: false);
                }

                var context = new CommitContext(current, attempt, Math.Max(catalog.Clock.GetUtcNow().ToUnixTimeMilliseconds(), current.Metadata.LastUpdatedMs));
                TableMetadata? updated = null;
                try
                {
                    updated = await ReplayAsync(current, context, cancellationToken).ConfigureAwait(false);
                    if (ReferenceEquals(updated, current.Metadata))
                    {
                        return new CommitResult(current, Changed: false);
                    }

                    updated = MetadataHistory.Advance(current, updated, context.NowMs);
                    if (await catalog.TrySwapAsync(current, updated, cancellationToken).ConfigureAwait(false) is { } committed)
                    {
                        return new CommitResult(committed, Changed: true);
                    }

                    await context.RemoveWrittenAsync().ConfigureAwait(false);
                }
                catch (CommitStateUnknownException error)
                {
                    // Its files stay until a refresh tells which way it went.
                    unknown = new UnknownOutcome(current, updated!, error, unknown);
                }
                catch
                {
                    await context.RemoveWrittenAsync().ConfigureAwait(false);
                    throw;
                }

                if (attempt > waits.Retries)
                {
                    throw unknown?.Error ?? (Exception)new CommitConflictException(table.Name, string.Create(CultureInfo.InvariantCulture, $"{attempt} attempts each found another commit made in between"));
                }

                await Task.Delay(waits.Before(attempt), catalog.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (unknown is not null && fault is not CommitStateUnknownException)
        {
            // Whatever ended the wait, a cancellation too: a caller who takes this for a failure removes files that may be live.
            throw unknown.Error;
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
