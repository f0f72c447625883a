using System.CommandLine;
using System.CommandLine.Parsing;
using Features.Cli.Commands;
using Features.Cli.Demo;
using Features.Cli.Output;

namespace Features.Cli;

/// <summary>The command line's root: every verb, and how errors are said.</summary>
internal static class FeaturesCommand
{
    /// <summary>Runs one command. 0 only on success; 2 for a wrong command line; 1 for an error, said on standard error.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellationToken = default)
    {
        var parse = Create(console).Parse(args);
        if (parse.Errors.Count > 0)
        {
            foreach (var error in parse.Errors)
            {
                await console.Error.WriteLineAsync($"error usage: {Sentence(error)} run '{Path(parse)} --help' for what it takes");
            }

            return 2;
        }

        try
        {
            var invocation = new InvocationConfiguration { Output = console.Out, Error = console.Error, EnableDefaultExceptionHandler = false };
            return await parse.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            await console.Error.WriteLineAsync(ErrorLine.Of(exception));
            if (Environment.GetEnvironmentVariable("FEATURES_TRACE") is { Length: > 0 })
            {
                await console.Error.WriteLineAsync(exception.ToString());
            }

            return 1;
        }
    }

    private static RootCommand Create(CliConsole console) => new("Features: from an event to a trained model, over Iceberg tables and Arrow Flight.")
    {
        InitCommand.Create(console),
        DemoCommand.Create(console),
        ApplyCommand.Create(console),
        IngestCommand.Create(console),
        TableCommand.Create(console),
        ScanCommand.Create(console),
        SqlCommand.Create(console),
        DatasetCommand.Create(console),
        ServeCommand.Create(console),
        FetchCommand.Create(console),
    };

    private static string Path(ParseResult parse)
    {
        var names = new List<string>();
        for (SymbolResult? at = parse.CommandResult; at is CommandResult command; at = at.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "features" : command.Command.Name);
        }

        return string.Join(' ', names);
    }

    private static string Sentence(ParseError error)
    {
        var text = error.Message.TrimEnd('.');
        return char.ToLowerInvariant(text[0]) + text[1..] + ";";
    }
}
