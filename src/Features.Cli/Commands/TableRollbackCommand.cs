using System.CommandLine;
using Features.Cli.Output;
using Features.Iceberg.Transactions;

namespace Features.Cli.Commands;

/// <summary><c>features table rollback</c>: back to an earlier state of main.</summary>
internal static class TableRollbackCommand
{
    public static Command Create(CliConsole console)
    {
        var to = new Option<string?>("--to") { Description = "The snapshot to go back to; the current one must descend from it.", HelpName = "ID" };
        var asOf = new Option<string?>("--as-of") { Description = "Go back to what was current at this time (UTC unless it says otherwise).", HelpName = "TIME" };
        to.Validators.Add(result => SnapshotChoice.Check(result, "--to", text => SnapshotChoice.SnapshotId(text) is not null, SnapshotChoice.SnapshotIdForm));
        asOf.Validators.Add(result => SnapshotChoice.Check(result, "--as-of", text => CliTime.TryParse(text) is not null, CliTime.Form));
        return TableChange.Create(
            console, "rollback", "Set a table back to an earlier snapshot. Later snapshots stay until they expire.", "features table rollback flights.departures --as-of 2024-01-31T12:00:00Z", [to, asOf],
            (parse, table) => (parse.GetValue(to), parse.GetValue(asOf)) switch
            {
                ({ } id, null) => [new RollbackTo(SnapshotChoice.SnapshotId(id)!.Value)],
                (null, { } time) => [new RollbackTo(table.NewScan().AsOf(CliTime.TryParse(time)!.Value).SnapshotId!.Value)],
                _ => throw new CliException(CliException.Usage, "name the state to go back to: --to ID, or --as-of TIME"),
            });
    }
}
