using System.CommandLine;
using Features.Core.Engine;
using Features.Core.Governance;

namespace Features.Cli.Commands;

/// <summary><c>features scan</c>: rows of one table at one snapshot.</summary>
internal static class ScanCommand
{
    public static Command Create(CliConsole console)
    {
        var name = TableTarget.Argument();
        var select = new Option<string?>("--select") { Description = "Columns to read, separated by commas; default: all.", HelpName = "a,b" };
        var where = new Option<string?>("--where") { Description = "A SQL condition on the rows.", HelpName = "SQL" };
        var snapshot = new Option<long?>("--snapshot") { Description = "Read this snapshot.", HelpName = "ID" };
        var asOf = new Option<DateTimeOffset?>("--as-of") { Description = "Read what was current at this time (UTC unless it says otherwise).", HelpName = "TIME" };
        var reference = new Option<string?>("--ref") { Description = "Read a branch or tag.", HelpName = "NAME" };
        var count = new Option<bool>("--count") { Description = "Print the number of rows alone." };
        var (limit, format, output, relocate, folder) = (Verb.Limit(), Verb.Format("table"), Verb.Out(), Verb.Relocate(), Verb.Workspace());
        return Verb.Create(
            "scan",
            "Read a table: by name in the workspace, or by a folder or metadata.json path with no workspace at all.",
            "features scan flights.departures --select origin,delay --where \"delay > 60\" --limit 5",
            name, select, where, snapshot, asOf, reference, count, limit, format, output, relocate, folder).Does(async (parse, cancellationToken) =>
        {
            var target = parse.GetRequiredValue(name);
            var condition = parse.GetValue(where);
            var columns = parse.GetValue(select)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            await using var workspace = await TableTarget.OpenWorkspaceAsync(target, parse.GetValue(folder), cancellationToken);
            var table = await TableTarget.LoadAsync(workspace, target, parse.GetValue(relocate) ?? [], cancellationToken);
            var rows = condition is null ? "FROM scanned" : $"FROM scanned WHERE ({condition})";
            var selection = new ReadSelection
            {
                SnapshotId = parse.GetValue(snapshot),
                AsOf = parse.GetValue(asOf),
                Ref = parse.GetValue(reference),
                Columns = condition is null ? columns : null,
                FilterOf = condition is null ? null : schema => workspace.Engine.PruningFilter($"SELECT 1 {rows}", "scanned", schema),
            };
            var read = await workspace.Reads.OpenAsync(new Reader(workspace.Principal, "scan"), table, selection, cancellationToken);
            await using var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
            await session.AddTableAsync("scanned", read.Plan, cancellationToken);
            var limited = parse.GetValue(limit) is { } most ? $" LIMIT {most}" : "";
            if (parse.GetValue(count))
            {
                await console.Out.WriteLineAsync($"{await QueryOutput.CountAsync(session, $"(SELECT 1 {rows}{limited})", cancellationToken)}");
                return;
            }

            var list = columns is null ? "*" : string.Join(", ", columns.Select(c => $"\"{c.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
            var sql = $"SELECT {list} {rows}{limited}";
            await QueryOutput.WriteAsync(
                console, await session.DescribeAsync(sql, cancellationToken), session.QueryAsync(sql, cancellationToken), parse.GetRequiredValue(format), parse.GetValue(output), cancellationToken);
        });
    }
}
