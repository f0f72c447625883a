namespace Features.Ordering;

/// <summary>The modes' names, as requests, tickets and states write them.</summary>
public static class OrderModes
{
    /// <summary>The name of a mode: <c>none</c>, <c>global</c> or <c>grouped</c>.</summary>
    public static string ToName(this OrderMode mode) => mode switch
    {
        OrderMode.Global => "global",
        OrderMode.Grouped => "grouped",
        _ => "none",
    };

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">The name is unknown.</exception>
    public static OrderMode Parse(string name) => name switch
    {
        "none" => OrderMode.None,
        "global" => OrderMode.Global,
        "grouped" => OrderMode.Grouped,
        _ => throw new FormatException($"the order mode '{name}' is unknown; use 'global', 'grouped' or 'none'"),
    };
}
