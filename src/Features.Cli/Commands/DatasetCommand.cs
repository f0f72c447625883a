using System.CommandLine;

namespace Features.Cli.Commands;

/// <summary><c>features dataset</c>: training sets.</summary>
internal static class DatasetCommand
{
    public static Command Create(CliConsole console) => Verb.Create(
        "dataset",
        "Make, verify and look at training sets.",
        "features dataset create delays",
        DatasetCreateCommand.Create(console),
        DatasetShowCommand.Create(console),
        DatasetListCommand.Create(console),
        DatasetVerifyCommand.Create(console),
        DatasetCardCommand.Create(console));
}
