namespace Features.Ordering;

/// <summary>The modes' names, as requests, tickets and states write them.</summary>
public static class OrderModes
{
    /// <summary>The name of a mode: <c>none</c> or <c>global</c>.</summary>
    public static string ToName(this OrderMode mode) => mode == OrderMode.Global ? "global" : "none";

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">The name is unknown, or is <c>grouped</c>, whose name is taken and which is not served.</exception>
    public static OrderMode Parse(string name) => name switch
    {
        "none" => OrderMode.None,
        "global" => OrderMode.Global,
        "grouped" => throw new FormatException("the order mode 'grouped' is not served; use 'global' (exact) or 'none'"),
        _ => throw new FormatException($"the order mode '{name}' is unknown; use 'global' or 'none'"),
    };
}
