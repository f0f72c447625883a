using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Actions that commit together: refresh, check the guard, replay the actions, compare-and-swap; repeated while other writers are first.</summary>
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
    public Func<TableMetadata, bool>? Guard { get; init; }

    /// <summary>Adds an action; they are replayed in order.</summary>
    public Transaction Add(IAction action)
    {
        actions.Add(action);
        return this;
    }

    /// <summary>Commits. Returns the table as it then is, and whether this call changed it.</summary>
    /// <exception cref="CommitConflictException">The retries ran out, or the table is gone.</exception>
    public Task<CommitResult> CommitAsync(CancellationToken cancellationToken) => throw new System.Diagnostics.UnreachableException($"{table}{catalog}{actions}{cancellationToken}");
}

/// <summary>The table after a commit, and whether this commit changed it (false: the guard found the work done).</summary>
public sealed record CommitResult(Table Table, bool Changed);

/// <summary>One change of a table, replayed on fresh metadata at each attempt. Implementations: <c>AppendFiles</c>, <c>SetProperties</c>, <c>CreateTag</c>, ….</summary>
public interface IAction
{
    /// <summary>Returns the metadata with the change applied; may write manifests through <paramref name="context"/>, which removes them if the attempt fails.</summary>
    Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken);
}

/// <summary>What an attempt offers its actions: storage, clock, and a record of the files it wrote.</summary>
public sealed class CommitContext
{
    internal CommitContext() { }
}
