namespace Features.Flight.Protocol;

/// <summary>
/// Where rows are to go that a client sends with DoPut. As a Flight descriptor it is a command in JSON (<c>schemas/flight/put/request.schema.json</c>);
/// a path of one part is a table's name.
/// </summary>
public sealed record PutRequest
{
    /// <summary>The longest <see cref="Id"/>.</summary>
    public const int MaxId = 100;

    private PutRequest(string? table, string? push) => (Table, Push) = (table, push);

    /// <summary>The table that the rows are appended to, <c>namespace.name</c>; null if they go to a push source.</summary>
    public string? Table { get; }

    /// <summary>The push source that the rows go to; null if they go to a table.</summary>
    public string? Push { get; }

    /// <summary>
    /// Names the put, so that it may be sent again, after a failure or a restart, and counts once: up to <see cref="MaxId"/> letters, digits and dashes, such as a
    /// UUID. Null, the default, lets the service make one up; such a put cannot be repeated safely.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>Rows for a table.</summary>
    public static PutRequest ToTable(string table) => new(table, null);

    /// <summary>Rows for a push source.</summary>
    public static PutRequest ToPush(string source) => new(null, source);

    /// <summary>Whether a text may name a put.</summary>
    internal static bool IsId(string id) => id.Length is > 0 and <= MaxId && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
