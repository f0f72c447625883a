namespace Features.Ordering;

/// <summary>The tails' names, as requests and tickets write them.</summary>
public static class Tails
{
    /// <summary>The name of a tail: <c>keep</c>, <c>drop</c> or <c>pad</c>.</summary>
    public static string ToName(this Tail tail) => tail switch
    {
        Tail.Keep => "keep",
        Tail.Drop => "drop",
        _ => "pad",
    };

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">The name is unknown.</exception>
    public static Tail Parse(string name) => name switch
    {
        "keep" => Tail.Keep,
        "drop" => Tail.Drop,
        "pad" => Tail.Pad,
        _ => throw new FormatException($"the tail '{name}' is unknown; use 'keep', 'drop' or 'pad'"),
    };
}
