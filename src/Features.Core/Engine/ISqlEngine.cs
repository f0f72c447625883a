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
}

/// <summary>Whose SQL a session runs.</summary>
public enum SqlTrust
{
    /// <summary>Definitions that were applied, and the product's own statements.</summary>
    Pipeline,

    /// <summary>A person's query: one SELECT, no files, no network, no settings.</summary>
    User,
}
