using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>
/// A table that takes another's name in one step. It is made at a location of its own beside the standing one, unseen, and its commit is a compare-and-swap of the catalog's pointer:
/// until then, whatever happens, the standing table stands. The files of the table that gave way stay, for whoever reads them still.
/// </summary>
public sealed class TableReplacement
{
    private readonly Table standing;
    private readonly ICatalog catalog;

    internal TableReplacement(Table standing, ICatalog catalog, TableCreation creation)
    {
        this.standing = standing;
        this.catalog = catalog;
        var folder = standing.Metadata.Location.TrimEnd('/');
        var beside = $"{folder[..(folder.LastIndexOf('/') + 1)]}{standing.Identifier!.Name}-{Guid.NewGuid():N}";
        var metadata = NewTableMetadata.From(creation, creation.Location?.TrimEnd('/') ?? beside, catalog.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        Staged = new Table(standing.Name, standing.Identifier, metadata, standing.MetadataLocation, standing.Storage, catalog: null);
    }

    /// <summary>The table to be, for writing its data files; in no catalog before the commit. Who gives the replacement up removes the files that it wrote.</summary>
    public Table Staged { get; }

    /// <summary>Replays the actions on the new table's metadata and puts it in the standing one's place.</summary>
    /// <exception cref="CommitConflictException">The standing table was changed, replaced or dropped meanwhile.</exception>
    /// <exception cref="CommitStateUnknownException">The catalog did not say whether the commit took place, and reading the table did not tell either.</exception>
    public async Task<Table> CommitAsync(IReadOnlyList<IAction> actions, CancellationToken cancellationToken)
    {
        var nowMs = Math.Max(catalog.Clock.GetUtcNow().ToUnixTimeMilliseconds(), Staged.Metadata.LastUpdatedMs);
        var context = new CommitContext(Staged, attempt: 1, nowMs);
        var updated = Staged.Metadata with { LastUpdatedMs = nowMs };
        try
        {
            foreach (var action in actions)
            {
                updated = await action.ApplyAsync(updated, context, cancellationToken).ConfigureAwait(false);
            }

            return await catalog.TrySwapAsync(standing, updated, cancellationToken).ConfigureAwait(false)
                ?? throw new CommitConflictException(standing.Name, "it is not the one that was to be replaced any more");
        }
        catch (CommitStateUnknownException)
        {
            if (await FindCommittedAsync().ConfigureAwait(false) is { } committed)
            {
                return committed;
            }

            throw;
        }
        catch
        {
            await context.RemoveWrittenAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Table?> FindCommittedAsync()
    {
        try
        {
            var current = await catalog.TryLoadTableAsync(standing.Identifier!, CancellationToken.None).ConfigureAwait(false);
            return current?.Metadata.TableUuid == Staged.Metadata.TableUuid ? current : null;
        }
        catch (IcebergException)
        {
            return null;
        }
    }
}
