using System.CommandLine;

namespace Features.Cli.Commands;

/// <summary><c>features definitions</c>: what is in force, and what was.</summary>
internal static class DefinitionsCommand
{
    public static Command Create(CliConsole console) => Verb.Create(
        "definitions",
        "Look at the definitions in force.",
        "features definitions show FeatureView/origin_delays",
        DefinitionsListCommand.Create(console),
        DefinitionsShowCommand.Create(console),
        DefinitionsHistoryCommand.Create(console));
}
