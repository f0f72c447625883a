using System.CommandLine;

namespace Features.Cli.Commands;

/// <summary><c>features online</c>: the online store.</summary>
internal static class OnlineCommand
{
    public static Command Create(CliConsole console) => Verb.Create(
        "online",
        "Look at the features that are served online.",
        "features online get --service delay_model --entity origin=SFO --entity destination=LAX",
        OnlineGetCommand.Create(console),
        OnlineStatusCommand.Create(console),
        OnlineSkewCommand.Create(console));
}
