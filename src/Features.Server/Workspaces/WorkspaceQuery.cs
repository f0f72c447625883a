using Apache.Arrow;
using Features.Core.Engine;

namespace Features.Server.Workspaces;

/// <summary>A query's result, not yet read. Read it once; dispose it.</summary>
public sealed class WorkspaceQuery : IAsyncDisposable
{
    private readonly ISqlSession session;
    private readonly string sql;

    internal WorkspaceQuery(ISqlSession session, string sql, Schema schema)
    {
        (this.session, this.sql) = (session, sql);
        Schema = schema;
    }

    /// <summary>The columns.</summary>
    public Schema Schema { get; }

    /// <summary>The rows as batches of about 16,384; the reader disposes each.</summary>
    public IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken = default) => session.QueryAsync(sql, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => session.DisposeAsync();
}
