using System.Globalization;
using Apache.Arrow;
using Features.DuckDb.Batches;
using Features.DuckDb.Queries;

namespace Features.DuckDb.Scans;

/// <summary>Tables that a session's scans need and that no one's SQL names: row-level deletes, and rows that the engine cannot read by itself.</summary>
/// <param name="connection">The session's connection.</param>
/// <param name="catalog">The session's database.</param>
internal sealed class HiddenTables(EngineConnection connection, string catalog)
{
    private const string SchemaName = "table:scans";

    private int count;

    internal EngineConnection Connection { get; } = connection;

    /// <summary>Creates a table, and opens what fills it. The caller disposes the appender.</summary>
    /// <returns>The table's name as SQL.</returns>
    internal async Task<(string Table, BatchAppender Appender)> CreateAsync(Schema columns, CancellationToken cancellationToken)
    {
        var name = (++count).ToString(CultureInfo.InvariantCulture);
        var schema = $"{SqlText.Name(catalog)}.{SqlText.Name(SchemaName)}";
        var table = $"{schema}.{SqlText.Name(name)}";
        await Connection.RunAsync(() => Connection.Execute($"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE {table} ({ArrowSql.Columns(columns)})"), cancellationToken).ConfigureAwait(false);
        return (table, new BatchAppender(Connection.Native, catalog, SchemaName, name, columns));
    }
}
