using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Core.Engine;

/// <summary>A SQL engine: what cleans, joins and aggregates. Adapter: Features.DuckDb; conformance suite: <c>SqlEngineConformance</c>. SQL is kept to what the adapters share.</summary>
public interface ISqlEngine : IAsyncDisposable
{
    /// <summary>Opens a session: relations added to it are its own. The caller disposes it. Cheap enough for one a request.</summary>
    ValueTask<ISqlSession> OpenAsync(SqlTrust trust, CancellationToken cancellationToken);

    /// <summary>Reads one SELECT without running it: where each output column comes from, and which relations it reads.</summary>
    /// <exception cref="SqlException">It is not one SELECT, or it does not parse; the message quotes the place.</exception>
    SelectAnalysis Analyze(string sql);

    /// <summary>
    /// The row-wise SELECT with one more output column, taken unchanged from its one relation; so that rows keep their identity through cleaning.
    /// </summary>
    /// <exception cref="SqlException">The SELECT is not row-wise: it joins, groups, aggregates, de-duplicates, limits, or uses a window; the message says which.</exception>
    string CarryColumn(string sql, string column);

    /// <summary>
    /// What a SELECT's own WHERE says about the rows of a relation, for pruning the files of a scan: every row that the SELECT can use passes the filter. Only plain comparisons of columns with constants count;
    /// <see cref="Filter.True"/> where nothing can be said, as when the relation is joined, or read twice.
    /// </summary>
    /// <param name="sql">The SELECT.</param>
    /// <param name="relation">The relation's name, as written in it.</param>
    /// <param name="schema">The columns of the relation.</param>
    /// <exception cref="SqlException">It is not one SELECT, or it does not parse.</exception>
    Filter PruningFilter(string sql, string relation, Schema schema);

    /// <summary>
    /// Reads a condition on the rows of a table, as somebody may write it who is not trusted: one expression over the row's columns, with functions of values alone. Nothing is run; whether its types fit shows when it is.
    /// </summary>
    /// <param name="text">The condition.</param>
    /// <param name="schema">The columns that there are; they are found in any case.</param>
    /// <exception cref="SqlException">It does not parse, or is more than that; the message names the fault.</exception>
    RowCondition Condition(string text, Schema schema);

    /// <summary>
    /// Cuts the live rows of a scan into runs for several readers: one after the other they are the scan's rows, file by file in the plan's order and within each in the file's. Large files are cut at their row groups, small
    /// ones of one schema stand together. Nothing is held; the plan's residual filter is not applied, the condition decides.
    /// </summary>
    /// <param name="plan">The pinned scan.</param>
    /// <param name="condition">Which rows are wanted; null for all. It may read columns that the plan does not project.</param>
    /// <param name="cancellationToken">Stops the engine.</param>
    /// <exception cref="Iceberg.IcebergException">A file is missing, is not what its manifest says, or has what cannot be read; it is named.</exception>
    Task<IReadOnlyList<IRowRun>> RunsAsync(ScanPlan plan, RowCondition? condition, CancellationToken cancellationToken);
}

/// <summary>Whose SQL a session runs.</summary>
public enum SqlTrust
{
    /// <summary>Definitions that were applied, and the product's own statements.</summary>
    Pipeline,

    /// <summary>A person's query: one SELECT, no files, no network, no settings.</summary>
    User,
}
