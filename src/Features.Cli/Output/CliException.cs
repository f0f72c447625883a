namespace Features.Cli.Output;

/// <summary>What the command line itself refuses: says what, which, and what to do.</summary>
internal sealed class CliException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
