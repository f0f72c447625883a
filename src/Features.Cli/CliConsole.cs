using Features.Cli.Output;
using Spectre.Console;

namespace Features.Cli;

/// <summary>Where a command writes: rows and results to <see cref="Out"/>, progress and errors to <see cref="Error"/>.</summary>
/// <param name="Out">Standard output, plain.</param>
/// <param name="Error">Standard error, plain.</param>
/// <param name="People">Standard output for people: tables, and colour on a terminal.</param>
/// <param name="Progress">Standard error for people: progress bars on a terminal, else plain lines.</param>
internal sealed record CliConsole(TextWriter Out, TextWriter Error, IAnsiConsole People, IAnsiConsole Progress)
{
    public static CliConsole ForProcess() => new(
        Console.Out,
        Console.Error,
        Create(Console.Out, Console.IsOutputRedirected),
        Create(Console.Error, Console.IsErrorRedirected));

    /// <summary>One JSON object on a line of its own.</summary>
    public void Json(System.Text.Json.Nodes.JsonNode node) => Out.WriteLine(JsonText.Line(node));

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            // A file or pipe has no width to fold lines at.
            console.Profile.Width = 10_000;
        }

        return console;
    }
}
