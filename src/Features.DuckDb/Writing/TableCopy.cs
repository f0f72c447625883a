using System.Globalization;
using Features.DuckDb.Queries;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Writing;

/// <summary>
/// Data files of a SELECT, written by the engine alone: straight from the query for a table without partitions and order, else through a temporary table in the order of partitions and sort.
/// What the engine cannot write exactly is left to the batch path.
/// </summary>
/// <param name="connection">A trusted session's connection.</param>
/// <param name="table">The table, whose default spec and order are followed.</param>
/// <param name="filePrefix">What the names of the files begin with.</param>
internal sealed class TableCopy(EngineConnection connection, Table table, string filePrefix)
{
    private const string Staged = "temp.main.\"rows:staged\"";

    private readonly Schema schema = table.Metadata.CurrentSchema;
    private readonly PartitionSpec spec = table.Metadata.DefaultSpec;

    /// <summary>The files; null if the engine cannot write such rows.</summary>
    /// <exception cref="InvalidTableArgumentException">A required column has nulls.</exception>
    internal async Task<IReadOnlyList<DataFile>?> TryWriteAsync(string sql, CancellationToken cancellationToken)
    {
        var select = $"({sql.TrimEnd().TrimEnd(';')}\n)";
        var list = await connection.RunAsync(() => TableColumns.SelectList(connection, $"SELECT * FROM {select}", schema), cancellationToken).ConfigureAwait(false);
        var order = table.Metadata.DefaultSortOrder;
        var partitions = spec.Fields.Select(f => ColumnSql.Transformed(f.SourceId, f.Transform, schema)).ToList();
        var sorts = order.Fields.Select(f => ColumnSql.Transformed(f.SourceId, f.Transform, schema)).ToList();
        if (list is null || partitions.Contains(null) || sorts.Contains(null))
        {
            return null;
        }

        var files = new CopiedFiles(connection, table, filePrefix);
        await using var writing = files.ConfigureAwait(false);
        if (partitions.Count + sorts.Count == 0)
        {
            await files.CopyAsync($"SELECT {list} FROM {select}", [], cancellationToken).ConfigureAwait(false);
            return files.Keep();
        }

        try
        {
            var by = partitions.Select(p => p!.Value.Sql).Concat(sorts.Zip(order.Fields, (s, f) => $"{s!.Value.Sql} {(f.Descending ? "DESC" : "ASC")} NULLS {(f.NullsFirst ? "FIRST" : "LAST")}"));
            // Rows that nothing orders keep the query's order, so that the same query makes the same files.
            var ordered = $"SELECT {list} FROM (SELECT *, row_number() OVER () AS \"row:number\" FROM {select}) ORDER BY {string.Join("", by.Select(b => $"{b}, "))}\"row:number\"";
            await connection.RunAsync(() => connection.Execute($"CREATE OR REPLACE TEMP TABLE \"rows:staged\" AS {ordered}"), cancellationToken).ConfigureAwait(false);
            var values = string.Concat(partitions.Select(p => $"{p!.Value.Read}, "));
            var runs = await connection.RunAsync(
                () => connection.Read(
                    $"SELECT {values}min(rowid), max(rowid) FROM {Staged} GROUP BY ALL ORDER BY min(rowid)",
                    r => (Values: partitions.Select((_, i) => r.IsDBNull(i) ? null : r.GetValue(i)).ToArray(), First: r.GetInt64(partitions.Count), Last: r.GetInt64(partitions.Count + 1))),
                cancellationToken).ConfigureAwait(false);
            foreach (var (partition, first, last) in runs)
            {
                var rows = string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM {Staged} WHERE rowid BETWEEN {first} AND {last}");
                await files.CopyAsync(rows, [.. partition.Select(Value)], cancellationToken).ConfigureAwait(false);
            }

            return files.Keep();
        }
        finally
        {
            await connection.RunAsync(() => connection.Execute($"DROP TABLE IF EXISTS {Staged}"), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private object? Value(object? read, int field)
    {
        var (source, transform) = (spec.Fields[field].SourceId, spec.Fields[field].Transform);
        return read is null || transform.Kind is not (TransformKind.Identity or TransformKind.Truncate)
            ? read
            : SingleValue.Convert(read, (PrimitiveType)schema.FindNested(source)!.Type, spec.Fields[field].Name);
    }
}
