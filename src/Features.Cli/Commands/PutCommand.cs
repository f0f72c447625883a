using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Cli.Commands.Fetching;
using Features.Cli.Output;
using Features.Core.Engine;
using Features.Core.Ingestion;
using Features.Flight.Protocol;
using Features.Iceberg.DataFiles;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features put</c>: rows of files to a table or push source of a Flight server. Nothing but the files is needed where it runs.</summary>
internal static class PutCommand
{
    public static Command Create(CliConsole console)
    {
        var words = new Argument<string[]>("table") { Description = "The table, namespace.name, unless --push names a push source; then the files.", HelpName = "TABLE FILE", Arity = ArgumentArity.OneOrMore };
        var push = new Option<string?>("--push") { Description = "Put to this push source instead of a table; what is named are files alone.", HelpName = "SOURCE" };
        var id = new Option<string?>("--id") { Description = "Names the put of one file, so that it counts once however often it is sent; default: what the file holds.", HelpName = "ID" };
        var (target, json) = (new FlightTarget(), Verb.Json());
        return Verb.Create(
            "put",
            "Send rows of files to a table of a Flight server, each file whole or not at all; a file that was put already adds nothing.",
            "features put flights.departures data/flights.parquet",
            [words, push, id, json, .. target.Options]).Does(async (parse, cancellationToken) =>
        {
            var named = parse.GetRequiredValue(words);
            var source = parse.GetValue(push);
            string[] files = source is null ? named[1..] : named;
            if (files.Length == 0 || (files.Length > 1 && parse.GetValue(id) is not null))
            {
                throw new CliException(CliException.Usage, files.Length == 0 ? "name the files after the table" : "--id names one put; give it with one file");
            }

            using var client = await target.ConnectAsync(parse, cancellationToken);
            await target.WhenUpAsync(parse, () => client.HealthAsync(cancellationToken), cancellationToken);
            await using var workspace = Workspace.OpenTemporary();
            foreach (var file in files)
            {
                if (!File.Exists(file))
                {
                    throw new CliException("file-not-found", $"there is no file '{file}'; check the path");
                }

                await using var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
                var columns = await FileRows.InferAsync(session, file, cancellationToken);
                var request = (source is null ? PutRequest.ToTable(named[0]) : PutRequest.ToPush(source)) with { Id = parse.GetValue(id) ?? await LocalETag.OfAsync(file, cancellationToken) };
                await using var reading = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
                var rows = await FileRows.ReadAsync(reading, file, columns, cancellationToken);
                Report(console, file, await client.PutAsync(request, ArrowSchema.From(columns), rows, received: null, cancellationToken), parse.GetValue(json));
            }
        });
    }

    private static void Report(CliConsole console, string file, PutReceipt receipt, bool json)
    {
        if (json)
        {
            console.Json(new JsonObject
            {
                ["file"] = file,
                ["id"] = receipt.Id,
                ["table"] = receipt.Table,
                ["rows"] = receipt.Rows,
                ["good"] = receipt.Good,
                ["quarantined"] = receipt.Quarantined,
                ["snapshot"] = TableJson.Id(receipt.Snapshot),
                ["duplicate"] = receipt.Duplicate,
            });
            return;
        }

        console.Out.WriteLine($"{file}: {receipt.Rows:N0} put = {receipt.Good:N0} good + {receipt.Quarantined:N0} quarantined, in {receipt.Table}{(receipt.Duplicate ? " (put before; nothing added)" : "")}");
    }
}
