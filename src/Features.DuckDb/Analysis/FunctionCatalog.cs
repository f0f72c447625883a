using Features.DuckDb.Queries;

namespace Features.DuckDb.Analysis;

/// <summary>What the engine says of its own functions.</summary>
/// <param name="Aggregates">Functions of several rows.</param>
/// <param name="Volatile">Functions that may give another result in another run.</param>
/// <param name="Harmless">Functions that a person's SQL may call: those of values alone, which tell nothing about the process and change nothing.</param>
internal sealed record FunctionCatalog(IReadOnlySet<string> Aggregates, IReadOnlySet<string> Volatile, IReadOnlySet<string> Harmless)
{
    internal static FunctionCatalog Read(EngineConnection connection) => new(
        Names(connection, "function_type = 'aggregate'"),
        Names(connection, "stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY') AND function_name <> 'error'"),
        Names(connection, $"""
            function_type IN ('scalar', 'aggregate', 'macro')
            AND coalesce(macro_definition, '') NOT LIKE '%duckdb\_%' ESCAPE '\' AND coalesce(macro_definition, '') NOT ILIKE '%select%'
            AND (coalesce(stability, '') <> 'VOLATILE' OR function_name IN ('random', 'uuid', 'uuidv4', 'uuidv7', 'gen_random_uuid', 'error'))
            AND function_name NOT IN ('current_setting', 'getvariable', 'getenv', 'current_query', 'stats')
            """));

    private static HashSet<string> Names(EngineConnection connection, string condition) =>
        [.. connection.Read($"SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE {condition}", r => r.GetString(0))];
}
