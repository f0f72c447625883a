using System.CommandLine;
using System.CommandLine.Parsing;

namespace Features.Cli.Commands;

/// <summary>What the verbs share: the options that many have, and the help's example.</summary>
internal static class Verb
{
    public static Option<bool> Json() => new("--json") { Description = "Print for machines: one JSON object a line." };

    public static Option<string?> Workspace() => new("--workspace")
    {
        Description = "The workspace's folder; default: the nearest folder upwards that holds features.yaml.",
        HelpName = "DIR",
    };

    public static Option<string> Format(string @default) => new Option<string>("--format")
    {
        Description = "How rows are printed.",
        DefaultValueFactory = _ => @default,
    }.AcceptOnlyFromAmong([.. Output.RowWriter.Formats]);

    public static Option<string?> Out() => new("--out") { Description = "Write the rows to this file instead of the terminal.", HelpName = "FILE" };

    public static Option<long?> Limit()
    {
        var limit = new Option<long?>("--limit") { Description = "At most so many rows.", HelpName = "N" };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value.StartsWith('-'))
            {
                result.AddError($"--limit is {token.Value}, and counts rows from 0");
            }
        });
        return limit;
    }

    public static Argument<string[]> Files() => new("file") { Description = "Parquet, CSV, JSON (one object a line) or Arrow files.", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };

    public static Option<string[]> Relocate() => new("--relocate")
    {
        Description = "Read locations that begin with OLD from NEW instead; may be given many times.",
        HelpName = "OLD=NEW",
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>A verb with its help and an example that works as written.</summary>
    public static Command Create(string name, string description, string example, params IEnumerable<Symbol> symbols)
    {
        var command = new ExampleCommand(name, description, example);
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Option option: command.Options.Add(option); break;
                case Argument argument:
                    argument.Validators.Add(RefuseUnknownOptions);
                    command.Arguments.Add(argument);
                    break;
                case Command subcommand: command.Subcommands.Add(subcommand); break;
                default: throw new ArgumentException($"a verb takes options, arguments and verbs, not {symbol.GetType().Name}", nameof(symbols));
            }
        }

        return command;
    }

    /// <summary>A mistyped option would else be taken for a name or a file. SQL may begin with a comment.</summary>
    private static void RefuseUnknownOptions(ArgumentResult result)
    {
        foreach (var token in result.Tokens.Where(t => t.Value.StartsWith("--", StringComparison.Ordinal) && t.Value.Length > 2 && !t.Value.Any(char.IsWhiteSpace)))
        {
            result.AddError($"there is no option '{token.Value}'");
        }
    }

    /// <summary>What the verb does; it succeeds unless it throws.</summary>
    public static Command Does(this Command command, Func<ParseResult, CancellationToken, Task> action)
    {
        command.SetAction(async (parse, cancellationToken) =>
        {
            await action(parse, cancellationToken);
            return 0;
        });
        return command;
    }
}
