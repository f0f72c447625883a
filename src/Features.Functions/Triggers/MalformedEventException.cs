namespace Features.Functions.Triggers;

/// <summary>A request holds no event that can be understood: what, which, and the remedy.</summary>
public sealed class MalformedEventException(string code, string what, string remedy, Exception? inner = null)
    : Exception($"{what}; {remedy}", inner)
{
    /// <summary>A stable kebab-case name of the fault.</summary>
    public string Code { get; } = code;

    /// <summary>What is wrong, and where.</summary>
    public string What { get; } = what;

    /// <summary>What to do.</summary>
    public string Remedy { get; } = remedy;
}
