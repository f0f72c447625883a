using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;

namespace Features.DuckDb.Files;

/// <summary>SQL that reads a file as it is, with each row's position.</summary>
internal static class SourceFileSql
{
    /// <summary>The column that holds each row's 0-based position in the file.</summary>
    internal const string RowNumber = "_row_no";

    /// <summary>The column that holds the cells of a CSV row that its header has no names for.</summary>
    internal const string Extra = "_extra";

    /// <summary>The SELECT for a Parquet file.</summary>
    internal static string ParquetSelect(SourceFile file) =>
        $"SELECT * EXCLUDE (file_row_number), file_row_number AS {RowNumber} FROM read_parquet({SqlText.Literal(FilePattern.Of(Path.GetFullPath(file.Path)))}, file_row_number = true, hive_partitioning = false)";

    /// <summary>The SELECT for a CSV file's first line, as cells.</summary>
    internal static string CsvHeader(SourceFile file) => $"SELECT * FROM {Csv(file, "false")} LIMIT 1";

    /// <summary>The SELECT for a CSV file's rows under the names that the engine finds or makes up.</summary>
    internal static string CsvRows(SourceFile file) => $"SELECT * FROM {Csv(file, "true")}";

    /// <summary>The SELECT for a CSV file. <paramref name="unnamed"/>: columns that the header has no name for.</summary>
    internal static string CsvSelect(SourceFile file, IReadOnlyList<string> unnamed)
    {
        // Rows keep the file's order (preserve_insertion_order), so that the running number is the position; a quoted value may hold line breaks, so that it is rows that are counted.
        var cells = string.Join(", ", unnamed.Select(SqlText.Name));
        var extra = unnamed.Count == 0 ? "*" : $"* EXCLUDE ({cells}), nullif(concat_ws(',', {cells}), '') AS {Extra}";
        return $"SELECT {extra}, row_number() OVER () - 1 AS {RowNumber} FROM {Csv(file, "true")}";
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

    // Marks are given, not sniffed: a short or odd line must not move the header.
    private static string Csv(SourceFile file, string header) =>
        $"read_csv({SqlText.Literal(FilePattern.Of(Path.GetFullPath(file.Path)))}, header = {header}, delim = ',', quote = '\"', escape = '\"', all_varchar = true, null_padding = true, sample_size = -1, parallel = false, hive_partitioning = false)";

    private static string Objects(SourceFile file) =>
        $"read_ndjson_objects({SqlText.Literal(FilePattern.Of(Path.GetFullPath(file.Path)))})";
}
