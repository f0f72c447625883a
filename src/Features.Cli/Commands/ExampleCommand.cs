using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Features.Cli.Commands;

/// <summary>A verb that knows a line that works as written; its help ends with it.</summary>
internal sealed class ExampleCommand(string name, string description, string example) : Command(name, description)
{
    private readonly string example = example;

    /// <summary>Lets the help of a command line end with the verb's example.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((SynchronousCommandLineAction)help.Action!);
    }

    private sealed class HelpWithExample(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var result = help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is ExampleCommand command)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Example:");
                output.WriteLine($"  {command.example}");
            }

            return result;
        }
    }
}
