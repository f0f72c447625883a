using System.CommandLine;
using System.CommandLine.Parsing;
using Features.Cli.Commands;
using Features.Cli.Commands.Fetching;
using Features.Cli.Demo;
using Features.Cli.Output;

namespace Features.Cli;

/// <summary>The command line's root: every verb, and how errors are said.</summary>
internal static class FeaturesCommand
{
    private const int WrongUsage = 2;

    /// <summary>Runs one command. 0 only on success; 2 for a wrong command line; 1 for an error, said on standard error.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellationToken = default)
    {
        var parse = Create(console).Parse(args);
        if (parse.Errors.Count > 0)
        {
            await console.Error.WriteLineAsync($"error usage: {string.Join("; ", Sentences(parse))}; run '{Path(parse)} --help' for what it takes");
            return WrongUsage;
        }

        try
        {
            var invocation = new InvocationConfiguration { Output = console.Out, Error = console.Error, EnableDefaultExceptionHandler = false };
            return await parse.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            foreach (var line in ErrorLine.AllOf(exception))
            {
                await console.Error.WriteLineAsync(line);
            }

            if (Environment.GetEnvironmentVariable("FEATURES_TRACE") is { Length: > 0 })
            {
                await console.Error.WriteLineAsync(exception.ToString());
            }

            return exception is CliException { Code: CliException.Usage } ? WrongUsage : 1;
        }
    }

    private static RootCommand Create(CliConsole console)
    {
        var root = new RootCommand("Features: from an event to a trained model, over Iceberg tables and Arrow Flight.")
        {
            InitCommand.Create(console),
            DemoCommand.Create(console),
            ApplyCommand.Create(console),
            DefinitionsCommand.Create(console),
            IngestCommand.Create(console),
            TableCommand.Create(console),
            ScanCommand.Create(console),
            SqlCommand.Create(console),
            HistoricalCommand.Create(console),
            DatasetCommand.Create(console),
            MaterializeCommand.Create(console),
            OnlineCommand.Create(console),
            PushCommand.Create(console),
            PutCommand.Create(console),
            ServeCommand.Create(console),
            FetchCommand.Create(console),
            CacheCommand.Create(console),
        };
        ExampleCommand.AddTo(root);
        return root;
    }

    private static string Path(ParseResult parse)
    {
        var names = new List<string>();
        for (SymbolResult? at = parse.CommandResult; at is CommandResult command; at = at.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "features" : command.Command.Name);
        }

        return string.Join(' ', names);
    }

    // A word that is no verb is told as such, and not as a missing verb too.
    private static IEnumerable<string> Sentences(ParseResult parse)
    {
        var named = parse.Errors.Where(e => parse.UnmatchedTokens.Any(t => e.Message.Contains($"'{t}'", StringComparison.Ordinal))).ToList();
        return (named.Count > 0 ? named : parse.Errors).Select(Sentence);
    }

    private static string Sentence(ParseError error)
    {
        var text = string.Join(' ', error.Message.TrimEnd('.').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return char.ToLowerInvariant(text[0]) + text[1..];
    }
}
