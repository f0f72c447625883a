using System.CommandLine;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features sql</c>: one SELECT over the workspace's tables, each pinned to its current snapshot for the whole query.</summary>
internal static class SqlCommand
{
    public static Command Create(CliConsole console)
    {
        var query = new Argument<string>("query") { Description = "One SELECT; tables are written namespace.name.", HelpName = "SQL" };
        var (format, output, folder) = (Verb.Format("table"), Verb.Out(), Verb.Workspace());
        return Verb.Create(
            "sql",
            "Query the workspace's tables.",
            "features sql \"SELECT origin, count(*) AS flights FROM flights.departures GROUP BY origin ORDER BY flights DESC LIMIT 5\"",
            query, format, output, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            await using var result = await workspace.QueryAsync(parse.GetRequiredValue(query), cancellationToken);
            await QueryOutput.WriteAsync(console, result.Schema, result.ReadAsync(cancellationToken), parse.GetRequiredValue(format), parse.GetValue(output), cancellationToken);
        });
    }
}
