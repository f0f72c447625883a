namespace Features.Cli.Output;

/// <summary>What the command line itself refuses: says what, which, and what to do.</summary>
internal sealed class CliException(string code, string message) : Exception(message)
{
    /// <summary>The code of a wrong command line.</summary>
    public const string Usage = "usage";

    public string Code { get; } = code;
}
