using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Engine;
using Features.DuckDb.Batches;
using Features.DuckDb.Files;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.DuckDb.Writing;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Schema = Apache.Arrow.Schema;
using Table = Features.Iceberg.Table;

namespace Features.DuckDb.Sessions;

/// <summary>A session: relations in a database of its own (<paramref name="catalog"/>) on one connection.</summary>
/// <param name="connection">The connection, disposed with the session.</param>
/// <param name="catalog">The in-memory database that holds the session's relations.</param>
/// <param name="tables">How the files of tables are reached.</param>
internal class DuckDbSession(EngineConnection connection, string catalog, TableFiles tables) : ISqlSession
{
    private readonly SessionScans scans = new(connection, catalog, tables);
    private readonly Dictionary<RelationName, string> kinds = [];

    protected EngineConnection Connection { get; } = connection;

    /// <summary>What has been added so far.</summary>
    protected IReadOnlyCollection<RelationName> Relations => kinds.Keys;

    public virtual async Task AddTableAsync(string name, ScanPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            var (select, paths) = await scans.OpenAsync(plan, cancellationToken).ConfigureAwait(false);
            await AddViewAsync(name, select, paths, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineFault fault)
        {
            throw new SqlException($"table '{plan.TableName}' cannot be added as '{name}': {fault.Message}", name, fault, fault.IsTransient);
        }
    }

    public virtual async Task AddFileAsync(string name, SourceFile file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file.Path))
        {
            throw new SqlException($"the file '{file.Path}' does not exist; check the path", name);
        }

        try
        {
            switch (file.Format)
            {
                case SourceFormat.Arrow:
                    using (var arrow = await ArrowFile.OpenAsync(file.Path, cancellationToken).ConfigureAwait(false))
                    {
                        await AppendAsync(name, arrow.Schema, arrow.ReadAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
                    }

                    break;
                case SourceFormat.Json:
                    var members = await Connection.RunAsync(() => Connection.Read(SourceFileSql.JsonNames(file), r => r.GetString(0)), cancellationToken).ConfigureAwait(false);
                    await AddViewAsync(name, SourceFileSql.JsonSelect(file, members), [Path.GetFullPath(file.Path)], cancellationToken).ConfigureAwait(false);
                    break;
                case SourceFormat.Csv:
                    var unnamed = await Connection.RunAsync(() => UnnamedColumns(file), cancellationToken).ConfigureAwait(false);
                    await AddViewAsync(name, SourceFileSql.CsvSelect(file, unnamed), [Path.GetFullPath(file.Path)], cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    await AddViewAsync(name, SourceFileSql.ParquetSelect(file), [Path.GetFullPath(file.Path)], cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
        catch (EngineFault fault) when (fault.IsTransient)
        {
            throw new SqlException($"'{file.Path}' cannot be read now: {fault.Reason}", name, fault, isTransient: true);
        }
        catch (Exception fault) when (fault is EngineFault or InvalidDataException or IOException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new SqlException($"'{file.Path}' is not a readable {file.Format} file: {(fault as EngineFault)?.Reason ?? fault.Message}; correct the file, or name its true format", name, fault);
        }
    }

    public virtual async Task AddBatchesAsync(string name, Schema schema, IAsyncEnumerable<RecordBatch> batches, CancellationToken cancellationToken)
    {
        try
        {
            await AppendAsync(name, schema, batches, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineFault fault)
        {
            throw new SqlException($"the batches for '{name}' cannot be added: {fault.Message}", name, fault, fault.IsTransient);
        }
    }

    public virtual Task<long> MaterializeAsync(string name, string sql, CancellationToken cancellationToken)
    {
        var relation = RelationName.Parse(name);
        return WithSqlAsync(sql, () =>
        {
            using (new PreparedSelect(Connection.Native, sql))
            {
                // Binding proves that it is one SELECT before it becomes part of another statement.
            }

            var staged = relation with { Name = $"{relation.Name} (being materialized)" };
            Connection.Execute($"{relation.CreateSchema} DROP TABLE IF EXISTS {staged.Sql}");
            Connection.Execute($"CREATE TABLE {staged.Sql} AS {sql.TrimEnd().TrimEnd(';')}\n");
            Replace(relation, "TABLE", $"ALTER TABLE {staged.Sql} RENAME TO {SqlText.Name(relation.Name)}");
            return Connection.Read($"SELECT count(*) FROM {relation.Sql}", r => r.GetInt64(0))[0];
        }, cancellationToken);
    }

    public virtual Task<Schema> DescribeAsync(string sql, CancellationToken cancellationToken) => WithSqlAsync(sql, () =>
    {
        using var statement = new PreparedSelect(Connection.Native, sql);
        return statement.Schema;
    }, cancellationToken);

    public IAsyncEnumerable<RecordBatch> QueryAsync(string sql, CancellationToken cancellationToken) => RowsAsync(sql, typed: null, cancellationToken);

    public virtual async Task<IReadOnlyList<DataFile>> WriteAsync(Table table, string sql, string filePrefix, CancellationToken cancellationToken)
    {
        try
        {
            var rows = RowsAsync(sql, given => FixedColumns.Of(given, table.Metadata.CurrentSchema), cancellationToken);
            return await new PartitionedWriter(table, new ParquetNetFormat(table.Storage)).WriteAsync(rows, filePrefix, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidTableArgumentException($"the rows do not fit table '{table.Name}': {fault.Message}");
        }
    }

    /// <summary>The rows of a SELECT, as Arrow types that <paramref name="typed"/> makes of its own; null for its own.</summary>
    protected virtual async IAsyncEnumerable<RecordBatch> RowsAsync(string sql, Func<Schema, Schema>? typed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var rows = await WithSqlAsync(sql, Start, cancellationToken).ConfigureAwait(false);
        while (await WithSqlAsync(sql, rows.Next, cancellationToken).ConfigureAwait(false) is { } batch)
        {
            yield return batch;
        }

        ResultStream Start()
        {
            var statement = new PreparedSelect(Connection.Native, sql);
            return new ResultStream(statement, typed?.Invoke(statement.Schema));
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync().ConfigureAwait(false);
        scans.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a view; a session that may read these files only must allow them.</summary>
    // The engine makes names up for cells that the header has none for.
    private IReadOnlyList<string> UnnamedColumns(SourceFile file)
    {
        var named = Connection.Read(SourceFileSql.CsvHeader(file), r => Enumerable.Range(0, r.FieldCount).Count(i => !r.IsDBNull(i))).Single();
        return [.. Connection.Read($"DESCRIBE {SourceFileSql.CsvRows(file)}", r => r.GetString(0)).Skip(named)];
    }

    protected virtual Task AddViewAsync(string name, string select, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var relation = RelationName.Parse(name);
        return Connection.RunAsync(() => Replace(relation, "VIEW", $"CREATE VIEW {relation.Sql} AS {select}"), cancellationToken);
    }

    /// <summary>Runs work for a caller's SQL; the engine's fault becomes an error with that SQL.</summary>
    protected async Task<T> WithSqlAsync<T>(string sql, Func<T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await Connection.RunAsync(work, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineFault fault)
        {
            throw new SqlException(fault.Message, sql, fault, fault.IsTransient);
        }
    }

    private async Task AppendAsync(string name, Schema schema, IAsyncEnumerable<RecordBatch> batches, CancellationToken cancellationToken)
    {
        var relation = RelationName.Parse(name);
        await Connection.RunAsync(() => Replace(relation, "TABLE", $"CREATE TABLE {relation.Sql} ({ArrowSql.Columns(schema)})"), cancellationToken).ConfigureAwait(false);
        using var appender = new BatchAppender(Connection.Native, catalog, relation.SchemaOrDefault, relation.Name, schema);
        await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                await Connection.RunAsync(() => appender.Append(batch), cancellationToken).ConfigureAwait(false);
            }
        }

        await Connection.RunAsync(appender.Complete, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates a relation; what had its name before is replaced.</summary>
    private void Replace(RelationName relation, string kind, string create)
    {
        Connection.Execute($"{relation.CreateSchema} {(kinds.Remove(relation, out var old) ? $"DROP {old} {relation.Sql};" : "")} {create}");
        kinds[relation] = kind;
    }
}
