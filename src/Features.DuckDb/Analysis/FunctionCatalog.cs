using System.Text.RegularExpressions;
using Features.DuckDb.Queries;

namespace Features.DuckDb.Analysis;

/// <summary>What the engine says of its own functions.</summary>
/// <param name="Aggregates">Functions of several rows.</param>
/// <param name="Volatile">Functions that may give another result in another run.</param>
/// <param name="Harmless">Functions that a person's SQL may call: those of values alone, which tell nothing about the process and change nothing.</param>
internal sealed partial record FunctionCatalog(IReadOnlySet<string> Aggregates, IReadOnlySet<string> Volatile, IReadOnlySet<string> Harmless)
{
    // What the engine's catalogue calls repeatable, and depends on the session, the process or chance all the same.
    private static readonly string[] OfTheSession =
    [
        "current_catalog", "current_connection_id", "current_database", "current_localtime", "current_localtimestamp", "current_query", "current_query_id", "current_role", "current_schema", "current_schemas", "current_setting", "current_transaction_id",
        "current_user", "currval", "getenv", "getvariable", "in_search_path", "nextval", "pg_postmaster_start_time", "reservoir_quantile", "session_user", "setseed", "txid_current", "user", "version",
    ];

    // A macro has no stability of its own; the words without brackets among those it may be written with are functions too.
    private static readonly string[] ClockWords = ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"];

    /// <summary>Whether a call may give another result in another run. <c>age</c> of one moment counts from today.</summary>
    internal bool IsVolatile(string name, int arguments) => Volatile.Contains(name) || (name == "age" && arguments == 1);

    internal static FunctionCatalog Read(EngineConnection connection) => new(
        Names(connection, "function_type = 'aggregate'"),
        VolatileOf(connection),
        Names(connection, $"""
            function_type IN ('scalar', 'aggregate', 'macro')
            AND coalesce(macro_definition, '') NOT LIKE '%duckdb\_%' ESCAPE '\' AND coalesce(macro_definition, '') NOT ILIKE '%select%'
            AND (coalesce(stability, '') <> 'VOLATILE' OR function_name IN ('random', 'uuid', 'uuidv4', 'uuidv7', 'gen_random_uuid', 'error'))
            AND function_name NOT IN ('current_setting', 'getvariable', 'getenv', 'current_query', 'stats')
            """));

    private static HashSet<string> VolatileOf(EngineConnection connection)
    {
        var names = Names(connection, "stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY') AND function_name <> 'error'");
        names.UnionWith(OfTheSession);
        names.UnionWith(ClockWords);
        var macros = connection.Read("SELECT lower(function_name) || ' ' || macro_definition FROM duckdb_functions() WHERE function_type = 'macro' AND macro_definition IS NOT NULL", r => r.GetString(0))
            .Select(m => m.Split(' ', 2)).ToList();

        // A macro may call another.
        while (macros.RemoveAll(m => Word().Matches(m[1]).Any(w => names.Contains(w.Value)) && names.Add(m[0])) > 0)
        {
        }

        return names;
    }

    [GeneratedRegex("[a-z_][a-z_0-9]*(?=\\s*\\()|current_[a-z]+|localtime(stamp)?", RegexOptions.IgnoreCase)]
    private static partial Regex Word();

    private static HashSet<string> Names(EngineConnection connection, string condition) =>
        [.. connection.Read($"SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE {condition}", r => r.GetString(0))];
}
