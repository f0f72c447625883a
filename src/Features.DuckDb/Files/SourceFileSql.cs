using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;

namespace Features.DuckDb.Files;

/// <summary>SQL that reads a file as it is, with each row's position.</summary>
internal static class SourceFileSql
{
    /// <summary>The column that holds each row's 0-based position in the file.</summary>
    internal const string RowNumber = "_row_no";

    /// <summary>The SELECT for a Parquet or CSV file.</summary>
    internal static string Select(SourceFile file)
    {
        var path = SqlText.Literal(FilePattern.Of(Path.GetFullPath(file.Path)));
        return file.Format switch
        {
            SourceFormat.Parquet => $"SELECT * EXCLUDE (file_row_number), file_row_number AS {RowNumber} FROM read_parquet({path}, file_row_number = true, hive_partitioning = false)",

            // Rows keep the file's order (preserve_insertion_order), so that the running number is the position; a quoted value may hold line breaks, so that it is rows that are counted.
            SourceFormat.Csv => $"SELECT *, row_number() OVER () - 1 AS {RowNumber} FROM read_csv({path}, header = true, delim = ',', quote = '\"', escape = '\"', all_varchar = true, null_padding = true, sample_size = -1, parallel = false, hive_partitioning = false)",
            _ => throw new ArgumentOutOfRangeException(nameof(file), file.Format, "not read by one SELECT"),
        };
    }

    /// <summary>The names of the top-level members of a JSON lines file, in order of first appearance.</summary>
    internal static string JsonNames(SourceFile file) =>
        $"SELECT name FROM (SELECT unnest(json_keys(json)) AS name, generate_subscripts(json_keys(json), 1) AS place, row_number() OVER () AS row FROM {Objects(file)}) GROUP BY name ORDER BY min(row), min(place)";

    /// <summary>The SELECT for a JSON lines file with these members: text as it is, everything else as its JSON.</summary>
    internal static string JsonSelect(SourceFile file, IEnumerable<string> names)
    {
        var columns = names.Select(n => $"json ->> {SqlText.Literal(Pointer(n))} AS {SqlText.Name(n)}");
        return $"SELECT {string.Join(", ", columns.Append($"row_number() OVER () - 1 AS {RowNumber}"))} FROM {Objects(file)}";
    }

    /// <summary>RFC 6901.</summary>
    private static string Pointer(string name) => "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string Objects(SourceFile file) =>
        $"read_ndjson_objects({SqlText.Literal(FilePattern.Of(Path.GetFullPath(file.Path)))})";
}
