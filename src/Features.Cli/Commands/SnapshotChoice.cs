using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Features.Core.Governance;

namespace Features.Cli.Commands;

/// <summary>Which state of a table a verb reads: <c>--snapshot</c>, <c>--as-of</c> or <c>--ref</c>.</summary>
internal sealed class SnapshotChoice
{
    private readonly Option<string?> snapshot = new("--snapshot") { Description = "Read this snapshot ('features table history' lists them).", HelpName = "ID" };
    private readonly Option<string?> asOf = new("--as-of") { Description = "Read what was current at this time (UTC unless it says otherwise).", HelpName = "TIME" };
    private readonly Option<string?> reference = new("--ref") { Description = "Read a branch or tag.", HelpName = "NAME" };

    public SnapshotChoice()
    {
        snapshot.Validators.Add(result => Check(result, "--snapshot", text => SnapshotId(text) is not null, SnapshotIdForm));
        asOf.Validators.Add(result => Check(result, "--as-of", text => CliTime.TryParse(text) is not null, CliTime.Form));
    }

    public static string SnapshotIdForm => "is no snapshot id; an id is a whole number, and 'features table history TABLE' lists them";

    public IEnumerable<Option> Options => [snapshot, asOf, reference];

    /// <summary>The state that was chosen; at most one of the options, or the read is refused.</summary>
    public ReadSelection Of(ParseResult parse) => new()
    {
        SnapshotId = parse.GetValue(snapshot) is { } id ? SnapshotId(id) : null,
        AsOf = parse.GetValue(asOf) is { } time ? CliTime.TryParse(time) : null,
        Ref = parse.GetValue(reference),
    };

    /// <summary>A snapshot id as it is written: signed, or, as some writers have it, the same 64 bits unsigned. Null if it is none.</summary>
    public static long? SnapshotId(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) ? id
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var unsigned) ? unchecked((long)unsigned)
        : null;

    /// <summary>A validator that lets the values of an option pass, or says what is wrong with it.</summary>
    public static void Check(OptionResult result, string name, Func<string, bool> isGood, string fault)
    {
        foreach (var token in result.Tokens.Where(t => !isGood(t.Value)))
        {
            result.AddError($"{name} '{token.Value}' {fault}");
        }
    }
}
