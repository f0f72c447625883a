using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Cli.Output;
using Features.Core.Cleaning;
using Features.Core.Engine;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;
using Type = Features.Iceberg.Spec.IcebergType;

namespace Features.Cli.Commands;

/// <summary>Rows of a Parquet, CSV, JSON or Arrow file as a table takes them: columns by name, cast where nothing is lost by it.</summary>
internal static class FileRows
{
    private const string Relation = "source";
    private const string RowNumber = "_row_no";
    private const string Extra = "_extra";

    /// <summary>The columns of a file; those of CSV and JSON by what all their values can be read as.</summary>
    public static async Task<Schema> InferAsync(ISqlSession session, string path, CancellationToken cancellationToken)
    {
        var fields = await AddAsync(session, path, cancellationToken);
        if (FormatOf(path) is SourceFormat.Parquet or SourceFormat.Arrow)
        {
            return ArrowSchema.ToIceberg(new Apache.Arrow.Schema(fields, null));
        }

        var columns = new List<NestedField>();
        foreach (var field in fields)
        {
            columns.Add(new NestedField(columns.Count + 1, field.Name, await TypeOfTextAsync(session, field.Name, cancellationToken), Required: false));
        }

        return new Schema(0, columns, []);
    }

    /// <summary>The file's rows as batches of a table's columns; the consumer disposes each.</summary>
    /// <exception cref="CliException">Columns are unknown, required and missing, or hold what the table's do not; the message names them.</exception>
    public static async Task<IAsyncEnumerable<RecordBatch>> ReadAsync(ISqlSession session, string path, Schema schema, CancellationToken cancellationToken)
    {
        var fields = await AddAsync(session, path, cancellationToken);
        var (faults, items, checks) = (new List<string>(), new List<string>(), new List<(string Column, Type Type, string Lost)>());
        string[] unknown = [.. fields.Where(f => Matching(schema.Fields.Select(c => c.Name), f.Name) is null).Select(f => f.Name)];
        if (unknown.Length > 0)
        {
            faults.Add($"the table has no column {string.Join(", ", unknown)}");
        }

        foreach (var column in schema.Fields)
        {
            if (Matching(fields.Select(f => f.Name), column.Name) is not { } name)
            {
                if (column.Required && column.WriteDefault is null)
                {
                    faults.Add($"the required column {column.Name} is missing");
                }

                continue;
            }

            var given = fields.First(f => f.Name == name);
            if (column.Type is not PrimitiveType type)
            {
                if (given.DataType is not NestedType)
                {
                    faults.Add($"column {column.Name} is {SchemaJson.NameOf(column.Type)}, which a Parquet or Arrow file can hold");
                }

                items.Add($"{Quote(name)} AS {Quote(column.Name)}");
                continue;
            }

            if (ColumnType.ToSql(type) is not { } sql)
            {
                faults.Add($"column {column.Name} is {SchemaJson.NameOf(type)}, which is not cast from a file");
                continue;
            }

            items.Add($"{(given.DataType is Apache.Arrow.Types.StringType ? ColumnType.TryCast(Quote(name), given.DataType, type) : $"CAST({Quote(name)} AS {sql})")} AS {Quote(column.Name)}");
            if (Lost(Quote(name), given.DataType, type) is { } lost)
            {
                checks.Add((name, type, lost));
            }
        }

        if (faults.Count > 0)
        {
            throw new CliException("file-does-not-fit", $"'{path}' does not fit the table: {string.Join("; ", faults)}. Its columns are {string.Join(", ", fields.Select(f => f.Name))}; rename or convert them first");
        }

        foreach (var (column, type, lost) in checks)
        {
            if (await TextAsync(session, $"SELECT CAST({Quote(column)} AS VARCHAR) AS value FROM {Relation} WHERE {Quote(column)} IS NOT NULL AND ({lost}) LIMIT 1", cancellationToken) is { } value)
            {
                throw new CliException("file-does-not-fit", $"'{path}' does not fit the table: '{value}' in column {column} is no {SchemaJson.NameOf(type)}; correct the file, or widen the column");
            }
        }

        return session.QueryAsync($"SELECT {string.Join(", ", items)} FROM {Relation}", cancellationToken);
    }

    private static async Task<IReadOnlyList<Field>> AddAsync(ISqlSession session, string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new CliException("file-not-found", $"there is no file '{path}'; check the path");
        }

        await session.AddFileAsync(Relation, new SourceFile(Path.GetFullPath(path), FormatOf(path)), cancellationToken);
        var fields = (await session.DescribeAsync($"SELECT * FROM {Relation}", cancellationToken)).FieldsList;
        return fields.Any(f => f.Name == Extra)
            ? throw new CliException("file-does-not-fit", $"'{path}' has rows with more cells than its header has names; correct the file")
            : [.. fields.Where(f => f.Name != RowNumber)];
    }

    /// <summary>The format that a file's name says.</summary>
    public static SourceFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".parquet" or ".parq" => SourceFormat.Parquet,
        ".csv" => SourceFormat.Csv,
        ".json" or ".jsonl" or ".ndjson" => SourceFormat.Json,
        ".arrow" or ".arrows" or ".feather" or ".ipc" => SourceFormat.Arrow,
        _ => throw new CliException(CliException.Usage, $"'{path}' does not say its format; name it .parquet, .csv, .json (one object a line) or .arrow"),
    };

    private static async Task<PrimitiveType> TypeOfTextAsync(ISqlSession session, string column, CancellationToken cancellationToken)
    {
        var name = Quote(column);
        (PrimitiveKind Kind, string Fits)[] candidates =
        [
            (PrimitiveKind.Boolean, $"regexp_matches(lower({name}), '^(true|false)$')"),
            // A number with zeros before it is an identifier.
            (PrimitiveKind.Long, $"regexp_matches({name}, '^-?(0|[1-9][0-9]{{0,17}})$')"),
            (PrimitiveKind.Double, $"regexp_matches({name}, '^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?$') AND TRY_CAST({name} AS DOUBLE) IS NOT NULL"),
            (PrimitiveKind.Date, $"regexp_matches({name}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$') AND TRY_CAST({name} AS DATE) IS NOT NULL"),
            (PrimitiveKind.Timestamp, $"regexp_matches({name}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9:.]+$') AND TRY_CAST({name} AS TIMESTAMP) IS NOT NULL"),
            (PrimitiveKind.TimestampTz, $"regexp_matches({name}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9:.]+(Z|[-+][0-9:]+)$') AND TRY_CAST({name} AS TIMESTAMP WITH TIME ZONE) IS NOT NULL"),
        ];
        if (await QueryOutput.CountAsync(session, $"(SELECT 1 FROM {Relation} WHERE {name} IS NOT NULL LIMIT 1)", cancellationToken) == 0)
        {
            return new PrimitiveType(PrimitiveKind.String);
        }

        foreach (var (kind, fits) in candidates)
        {
            if (await QueryOutput.CountAsync(session, $"(SELECT 1 FROM {Relation} WHERE {name} IS NOT NULL AND NOT ({fits}) LIMIT 1)", cancellationToken) == 0)
            {
                return new PrimitiveType(kind);
            }
        }

        return new PrimitiveType(PrimitiveKind.String);
    }

    /// <summary>The condition under which a cast fails or changes the value without a word; null where it cannot.</summary>
    private static string? Lost(string column, IArrowType given, PrimitiveType type)
    {
        var cast = ColumnType.TryCast(column, given, type);
        var isText = given is Apache.Arrow.Types.StringType;
        return type.Kind switch
        {
            PrimitiveKind.String => null,
            PrimitiveKind.Int or PrimitiveKind.Long when isText => $"{cast} IS NULL OR NOT regexp_matches({column}, '^\\s*[-+]?[0-9]+\\s*$')",
            PrimitiveKind.Int or PrimitiveKind.Long when given is FloatType or DoubleType or Decimal128Type => $"{cast} IS NULL OR CAST({cast} AS DOUBLE) <> {column}",
            PrimitiveKind.Decimal => string.Create(CultureInfo.InvariantCulture, $"{cast} IS NULL OR TRY_CAST({column} AS DECIMAL(38,{Math.Min(38, type.Scale + 6)})) <> {cast}"),
            PrimitiveKind.Date when given is TimestampType => $"CAST({cast} AS TIMESTAMP) <> CAST({column} AS TIMESTAMP)",
            PrimitiveKind.Date when isText => $"{cast} IS NULL OR NOT regexp_matches({column}, '^\\s*[-+]?[0-9]+-[0-9]{{2}}-[0-9]{{2}}\\s*$')",
            PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz when isText => $"{cast} IS NULL OR {ColumnType.Changes(column, cast, given, type)}",
            _ => $"{cast} IS NULL",
        };
    }

    private static async Task<string?> TextAsync(ISqlSession session, string sql, CancellationToken cancellationToken)
    {
        string? text = null;
        await foreach (var batch in session.QueryAsync(sql, cancellationToken))
        {
            using (batch)
            {
                text ??= batch.Length > 0 ? ((StringArray)batch.Column(0)).GetString(0) : null;
            }
        }

        return text;
    }

    private static string? Matching(IEnumerable<string> names, string wanted)
    {
        string[] all = [.. names];
        return all.FirstOrDefault(n => n == wanted) ?? (all.Where(n => n.Equals(wanted, StringComparison.OrdinalIgnoreCase)).ToArray() is [var only] ? only : null);
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
