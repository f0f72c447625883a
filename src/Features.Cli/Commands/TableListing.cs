using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Iceberg;
using Spectre.Console;
using IcebergTable = Features.Iceberg.Table;

namespace Features.Cli.Commands;

/// <summary>A verb that lists something of one table: a table for people, or one JSON object a line. It reads any table, one opened by its location too.</summary>
internal static class TableListing
{
    /// <summary>One line of the list.</summary>
    /// <param name="Json">For machines.</param>
    /// <param name="Cells">For people, in the order of the headings.</param>
    public sealed record Line(JsonObject Json, params IReadOnlyList<string> Cells);

    /// <param name="console">Where it goes.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it lists.</param>
    /// <param name="headings">For people.</param>
    /// <param name="options">What the verb takes besides the table.</param>
    /// <param name="lines">The lines.</param>
    public static Command Create(
        CliConsole console, string name, string description, IReadOnlyList<string> headings, IEnumerable<Option> options, Func<ParseResult, IcebergTable, CancellationToken, IAsyncEnumerable<Line>> lines)
    {
        var target = TableTarget.Argument();
        var (json, relocate, folder) = (Verb.Json(), Verb.Relocate(), Verb.Workspace());
        return Verb.Create(name, description, $"features table {name} flights.departures", [target, .. options, json, relocate, folder]).Does(async (parse, cancellationToken) =>
        {
            var tableName = parse.GetRequiredValue(target);
            await using var workspace = await TableTarget.OpenWorkspaceAsync(tableName, parse.GetValue(folder), cancellationToken);
            var table = await TableTarget.LoadAsync(workspace, tableName, parse.GetValue(relocate) ?? [], cancellationToken);
            var rows = new Spectre.Console.Table().Border(TableBorder.Simple);
            foreach (var heading in headings)
            {
                rows.AddColumn(new TableColumn(heading) { NoWrap = true });
            }

            try
            {
                await foreach (var line in lines(parse, table, cancellationToken))
                {
                    if (parse.GetValue(json))
                    {
                        console.Json(line.Json);
                    }
                    else
                    {
                        rows.AddRow([.. line.Cells.Select(Markup.Escape)]);
                    }
                }
            }
            catch (IcebergException fault) when (RelocationHint.For(fault, table) is { } hint)
            {
                throw hint;
            }

            if (!parse.GetValue(json))
            {
                console.People.Write(rows);
            }
        });
    }
}
