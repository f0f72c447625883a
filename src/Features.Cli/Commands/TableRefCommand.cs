using System.CommandLine;
using Features.Cli.Output;
using Features.Core.Governance;
using Features.Iceberg;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Cli.Commands;

/// <summary><c>features table tag</c> and <c>features table branch</c>: names for snapshots.</summary>
internal static class TableRefCommand
{
    public static Command CreateTag(CliConsole console) => Create(
        console, isBranch: false, "tag", "Name a snapshot, so that it is kept and found again.", "features table tag flights.departures before-cleanup --max-age 90d");

    public static Command CreateBranch(CliConsole console) => Create(
        console, isBranch: true, "branch", "Begin a line of commits of its own at a snapshot, or move one.", "features table branch flights.departures audit --max-age 7d");

    private static Command Create(CliConsole console, bool isBranch, string verb, string description, string example)
    {
        var name = new Argument<string>("name") { Description = $"The {verb}'s name.", HelpName = "NAME" };
        var state = new SnapshotChoice();
        var replace = new Option<bool>("--replace") { Description = $"Move the {verb} if it stands already." };
        var drop = new Option<bool>("--drop") { Description = $"Remove the {verb}; its snapshots stay until they expire." };
        var maxAge = Age("--max-age", $"Keep the {verb} so long; by default, as the table's properties say.");
        var keep = new Option<int?>("--min-snapshots") { Description = "Keep at least so many of its snapshots.", HelpName = "N" };
        var snapshotAge = Age("--max-snapshot-age", "Keep its snapshots so long.");
        return TableChange.Create(console, verb, description, example, [name, .. state.Options, replace, drop, maxAge, .. isBranch ? [keep, snapshotAge] : Array.Empty<Option>()], (parse, table) =>
        {
            var wanted = parse.GetRequiredValue(name);
            var standing = table.Metadata.Refs.GetValueOrDefault(wanted);
            if (parse.GetValue(drop))
            {
                return standing is null || standing.IsBranch != isBranch
                    ? throw new NotFoundException(verb, wanted, $"table '{table.Name}' has {Standing(table, isBranch)}")
                    : [new SetSnapshotRef(wanted, null)];
            }

            if (standing is not null && !parse.GetValue(replace))
            {
                throw new AlreadyExistsException(standing.IsBranch ? "branch" : "tag", wanted, "add --replace to move it, or choose another name");
            }

            var snapshot = ReadGate.SnapshotOf(table, state.Of(parse))
                ?? throw new NotFoundException("snapshot", "current", $"table '{table.Name}' has none yet; append rows first");
            return
            [
                new SetSnapshotRef(wanted, new SnapshotRef(
                    snapshot.SnapshotId, isBranch, isBranch ? parse.GetValue(keep) : null, isBranch ? Milliseconds(parse.GetValue(snapshotAge)) : null, Milliseconds(parse.GetValue(maxAge)))),
            ];
        });
    }

    private static Option<string?> Age(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "30d" };
        option.Validators.Add(result => SnapshotChoice.Check(result, name, text => CliTime.TryParseSpan(text) is not null, CliTime.SpanForm));
        return option;
    }

    private static long? Milliseconds(string? text) => text is null ? null : (long)CliTime.TryParseSpan(text)!.Value.TotalMilliseconds;

    private static string Standing(Table table, bool isBranch)
    {
        string[] names = [.. table.Metadata.Refs.Where(r => r.Value.IsBranch == isBranch).Select(r => r.Key).Order(StringComparer.Ordinal)];
        return names.Length == 0 ? "none" : string.Join(", ", names);
    }
}
