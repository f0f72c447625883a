using System.CommandLine;
using System.Globalization;
using Features.Cli.Output;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.MetadataTables;
using Features.Iceberg.Scans;

namespace Features.Cli.Commands;

/// <summary><c>features scan</c>: rows of one table at one snapshot, or of one of its metadata tables.</summary>
internal static class ScanCommand
{
    private const string Relation = "scanned";

    public static Command Create(CliConsole console)
    {
        var name = TableTarget.Argument();
        var select = new Option<string?>("--select")
        {
            Description = "Columns to read, separated by commas; default: all. Also _file, _pos, _spec_id, _partition, _row_id and _last_updated_sequence_number, which every table has.",
            HelpName = "a,b",
        };
        var where = new Option<string?>("--where") { Description = "A SQL condition on the rows.", HelpName = "SQL" };
        var metadataTable = new Option<string?>("--metadata-table")
        {
            Description = $"Read what the metadata says instead of the rows: {string.Join(", ", MetadataTable.Names)}.",
            HelpName = "NAME",
        };
        var state = new SnapshotChoice();
        var from = new Option<string?>("--from-snapshot")
        {
            Description = "Read only the rows that appends added after this snapshot, up to --snapshot or the current one; what overwrites and deletes did is passed over.",
            HelpName = "ID",
        };
        from.Validators.Add(result => SnapshotChoice.Check(result, "--from-snapshot", text => SnapshotChoice.SnapshotId(text) is not null, SnapshotChoice.SnapshotIdForm));
        var count = new Option<bool>("--count") { Description = "Print the number of rows alone." };
        var (limit, format, output, relocate, folder) = (Verb.Limit(), Verb.Format("table"), Verb.Out(), Verb.Relocate(), Verb.Workspace());
        return Verb.Create(
            "scan",
            "Read a table: by name in the workspace, or by a folder or metadata.json path with no workspace at all.",
            "features scan flights.departures --select origin,delay --where \"delay > 60\" --limit 5",
            [name, select, where, .. state.Options, from, metadataTable, count, limit, format, output, relocate, folder]).Does(async (parse, cancellationToken) =>
        {
            var target = parse.GetRequiredValue(name);
            await using var workspace = await TableTarget.OpenWorkspaceAsync(target, parse.GetValue(folder), cancellationToken);
            var table = await TableTarget.LoadAsync(workspace, target, parse.GetValue(relocate) ?? [], cancellationToken);
            var query = new ScanQuery(Relation, ScanQuery.Names(parse.GetValue(select)), parse.GetValue(where), parse.GetValue(limit));
            await using var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
            ScanPlan? plan = null;
            try
            {
                if (parse.GetValue(metadataTable) is { } metadataName)
                {
                    var opened = await workspace.Reads.OpenMetadataAsync(new Reader(workspace.Principal, "scan"), table, metadataName, state.Of(parse), cancellationToken);
                    query = query with { AsText = parse.GetValue(format) == "json" ? SnapshotIds(opened) : [] };
                    await session.AddBatchesAsync(Relation, ArrowSchema.From(opened.Schema), opened.ReadAsync(cancellationToken), cancellationToken);
                }
                else
                {
                    var selection = state.Of(parse) with { FromSnapshotId = parse.GetValue(from) is { } id ? SnapshotChoice.SnapshotId(id) : null };
                    query = query.Bind(workspace.Engine, ReadGate.SchemaOf(table, selection), table.Metadata);
                    selection = selection with
                    {
                        Columns = query.Projection,
                        FilterOf = query.Condition is null ? null : schema => workspace.Engine.PruningFilter(query.CountedSql, Relation, schema),
                    };
                    plan = (await workspace.Reads.OpenAsync(new Reader(workspace.Principal, "scan"), table, selection, cancellationToken)).Plan;
                    if (parse.GetValue(count) && query.Condition is null && CountOf(plan) is { } rows)
                    {
                        await PrintCountAsync(console, Math.Min(rows, query.Limit ?? long.MaxValue));
                        return;
                    }

                    await session.AddTableAsync(Relation, plan, cancellationToken);
                    string[] read = [.. plan.Projection.Fields.Select(f => f.Name)];
                    if (read.Distinct(StringComparer.OrdinalIgnoreCase).Count() < read.Length)
                    {
                        var held = await session.DescribeAsync($"SELECT * FROM {Relation}", cancellationToken);
                        query = query.Over(read, held.FieldsList.Select(f => f.Name));
                    }
                }

                if (parse.GetValue(count))
                {
                    await PrintCountAsync(console, await QueryOutput.CountAsync(session, $"({query.CountedSql})", cancellationToken));
                    return;
                }

                await QueryOutput.WriteAsync(
                    console, await session.DescribeAsync(query.Sql, cancellationToken), session.QueryAsync(query.Sql, cancellationToken), parse.GetRequiredValue(format), parse.GetValue(output), cancellationToken);
            }
            catch (Exception fault) when (RelocationHint.For(fault, table, plan) is { } hint)
            {
                throw hint;
            }
        });
    }

    // Snapshot ids are strings in JSON: many exceed what its readers keep of a number.
    private static IReadOnlyList<string> SnapshotIds(MetadataTable table) =>
        [.. table.Schema.Fields.Select(f => f.Name).Where(name => name == "parent_id" || name.EndsWith("snapshot_id", StringComparison.Ordinal))];

    // The manifests know how many rows a file has, but not how many its deletes take away; a file that cannot be read must be refused, not counted.
    private static long? CountOf(ScanPlan plan) =>
        plan.Tasks.All(t => t.Deletes.Count == 0 && t.File.FileFormat.Equals("PARQUET", StringComparison.OrdinalIgnoreCase)) ? plan.Tasks.Sum(t => t.File.RecordCount) : null;

    private static Task PrintCountAsync(CliConsole console, long rows) => console.Out.WriteLineAsync(rows.ToString(CultureInfo.InvariantCulture));
}
