using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.DuckDb.Writing;
using Features.Iceberg;
using Features.Iceberg.Manifests;

namespace Features.DuckDb.Sessions;

/// <summary>A trusted session: a connection of the shared instance, with an attached database of its own.</summary>
internal sealed class PipelineSession : DuckDbSession
{
    private readonly string catalog;

    private PipelineSession(EngineConnection connection, string catalog, TableFiles tables)
        : base(connection, catalog, tables) => this.catalog = catalog;

    internal static PipelineSession Open(EngineConnection connection, string catalog, TableFiles tables)
    {
        connection.Execute($"ATTACH ':memory:' AS {SqlText.Name(catalog)}; USE {SqlText.Name(catalog)}");
        return new(connection, catalog, tables);
    }

    public override async Task<IReadOnlyList<DataFile>> WriteAsync(Table table, string sql, string filePrefix, CancellationToken cancellationToken)
    {
        try
        {
            return await new TableCopy(Connection, table, filePrefix).TryWriteAsync(sql, cancellationToken).ConfigureAwait(false)
                ?? await base.WriteAsync(table, sql, filePrefix, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineFault fault)
        {
            throw new SqlException(fault.Message, sql, fault, fault.IsTransient);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            Connection.Execute($"USE memory; DETACH {SqlText.Name(catalog)}");
        }
        finally
        {
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
