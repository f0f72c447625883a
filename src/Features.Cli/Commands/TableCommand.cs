using System.CommandLine;

namespace Features.Cli.Commands;

/// <summary><c>features table</c>: what tables are there, and what they hold.</summary>
internal static class TableCommand
{
    public static Command Create(CliConsole console) => Verb.Create(
        "table",
        "Look at tables, make and change them.",
        "features table show flights.departures",
        TableListCommand.Create(console),
        TableShowCommand.Create(console),
        TableHistoryCommand.Create(console),
        TableSnapshotsCommand.Create(console),
        TableRefsCommand.Create(console),
        TableFilesCommand.Create(console),
        TableManifestsCommand.Create(console),
        TableCreateCommand.Create(console),
        TableRowsCommand.CreateAppend(console),
        TableRowsCommand.CreateDelete(console),
        TableRowsCommand.CreateOverwrite(console),
        TableRowsCommand.CreateUpsert(console),
        TableEvolveCommand.Create(console),
        TableRefCommand.CreateTag(console),
        TableRefCommand.CreateBranch(console),
        TableRollbackCommand.Create(console),
        TableMaintenanceCommand.CreateExpire(console),
        TableCompactCommand.Create(console),
        TableMaintenanceCommand.CreateOrphans(console));
}
