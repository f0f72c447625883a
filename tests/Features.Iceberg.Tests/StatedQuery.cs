using System.Globalization;
using System.Text.RegularExpressions;

namespace Features.Iceberg;

/// <summary>A query of another engine's tests: which tables it reads, and its text for DuckDB.</summary>
internal sealed partial record StatedQuery(string Sql, IReadOnlyList<StatedQuery.Use> Uses)
{
    /// <summary>Queries that are not of a table's rows, or use what only their engine has, by a part of the text.</summary>
    private static readonly string[] Unasked =
    [
        "tablesample", @"rand\(", @"(?<!\w)alltypes", @"\.`?(all_\w+|files|partitions)`?\b", "_file_", "ICEBERG__", "partition__spec", "base64decode", @"complex_test\.", "ice_tbl_v2_part", "_orc\\b", "_avro\\b",
        @"iceberg_(metadata|column_stats|snapshots|partition_stats)\(", "duckdb_logs", "oracle_", "filename", "describe", "generated_bounds", @"from '\{WORKING_DIRECTORY\}",
        // Its metadata was edited so that a required column is in no file, which DuckDB reads as null and this library refuses.
        @"version=3\.2",
    ];

    /// <summary>True if the query is one of rows that this library reads.</summary>
    public static bool IsAsked(string query) => !Unasked.Any(u => Regex.IsMatch(query, u, RegexOptions.IgnoreCase));

    /// <summary>Of Impala's dialect.</summary>
    public static StatedQuery Impala(string query, IEnumerable<string> tables)
    {
        var uses = new List<Use>();
        var sql = DoubleQuoted().Replace(query, "'$1'").Replace('`', '"');
        foreach (var table in tables.OrderByDescending(t => t.Length))
        {
            sql = Regex.Replace(sql, $@"(?<![\w.])(?:(?:functional_parquet|ice|berg)\.)?{table}(?:\s+for\s+system_version\s+as\s+of\s+(?<snapshot>\d+))?(?!\w)", m =>
            {
                var use = new Use(table, null, m.Groups["snapshot"].Success ? m.Groups["snapshot"].Value : null);
                return Named(use, uses);
            }, RegexOptions.IgnoreCase);
        }

        return new StatedQuery(Regex.Replace(sql, @"\bminus\b", "except", RegexOptions.IgnoreCase), uses);
    }

    /// <summary>Of DuckDB's own, whose tables are named by their folder or metadata file.</summary>
    public static StatedQuery DuckDb(string query)
    {
        var uses = new List<Use>();
        var sql = IcebergScan().Replace(query.TrimEnd(' ', ';', '\n'), m =>
        {
            var path = m.Groups["path"].Value.Replace("{WORKING_DIRECTORY}/", "", StringComparison.Ordinal);
            var file = path.EndsWith(".json", StringComparison.Ordinal) ? Path.GetFileName(path) : m.Groups["version"] switch
            {
                { Success: false } => null,
                { Value: [var first, ..] version } when char.IsDigit(first) && version.Length < 5 => $"v{version}.metadata.json",
                var version => $"{version.Value}.metadata.json",
            };
            var folder = file is not null && path.EndsWith(".json", StringComparison.Ordinal) ? Path.GetDirectoryName(Path.GetDirectoryName(path))! : path;
            return Named(new Use(folder, file, m.Groups["snapshot"].Success ? m.Groups["snapshot"].Value : null), uses);
        });
        return new StatedQuery(sql, uses);
    }

    private static string Named(Use use, List<Use> uses)
    {
        if (!uses.Contains(use))
        {
            uses.Add(use);
        }

        return string.Create(CultureInfo.InvariantCulture, $"stated_{uses.IndexOf(use)}");
    }

    [GeneratedRegex("\"(\\w*)\"")]
    private static partial Regex DoubleQuoted();

    [GeneratedRegex(@"iceberg_scan\(\s*'(?<path>[^']+)'(?:\s*,\s*(?:version\s*=\s*'?(?<version>[^,')]+)'?|snapshot_from_id\s*=\s*(?<snapshot>\d+)|\w+\s*=\s*\w+))*\s*\)", RegexOptions.IgnoreCase)]
    private static partial Regex IcebergScan();

    /// <summary>A table in one state; null for its current metadata file or snapshot.</summary>
    internal sealed record Use(string Table, string? MetadataFile, string? Snapshot);
}
