using System.Globalization;
using System.Text;
using Features.Cli.Output;
using Features.Core.Engine;
using Features.Iceberg.Spec;

namespace Features.Cli.Commands;

/// <summary>What a scan asks of its one relation, as SQL.</summary>
/// <param name="Relation">The relation's name in the session.</param>
/// <param name="Columns">The columns to print, in order; null for all of the table's.</param>
/// <param name="Condition">The rows that are wanted; null for all.</param>
/// <param name="Limit">At most so many rows; null for all.</param>
internal sealed record ScanQuery(string Relation, IReadOnlyList<string>? Columns, string? Condition, long? Limit)
{
    /// <summary>The columns that the scan must read: those that are printed and those that the condition compares; null for all of the table's. Known once it is bound.</summary>
    public IReadOnlyList<string>? Projection { get; private init; }

    private string[] OnlyCompared { get; init; } = [];

    public string Sql => $"SELECT {SelectList} {Rows}";

    /// <summary>The same rows, without their columns.</summary>
    public string CountedSql => $"SELECT 1 {Rows}";

    /// <summary>Integer columns to print as text; empty for none.</summary>
    public IReadOnlyList<string> AsText { get; init; } = [];

    /// <summary>Columns that are asked for but hold nothing in any row, such as the partition of a table without partitioning; they read as null.</summary>
    private string[] Empty { get; init; } = [];

    /// <summary>The relation's names of columns that it could not give their own, because those differ by case alone from another's.</summary>
    private Dictionary<string, string> Held { get; init; } = [];

    private string SelectList => Columns is { } columns ? string.Join(", ", columns.Select(Item))
        : OnlyCompared.Length > 0 ? $"* EXCLUDE ({string.Join(", ", OnlyCompared.Select(Quote))})"
        : AsText.Count > 0 ? $"* REPLACE ({string.Join(", ", AsText.Select(Item))})"
        : "*";

    private string Rows => $"FROM {Quote(Relation)}{(Condition is null ? "" : $" WHERE ({Condition}\n)")}{(Limit is { } most ? string.Create(CultureInfo.InvariantCulture, $" LIMIT {most}") : "")}";

    /// <summary>The names in <c>a,b,"with, comma"</c>; null for null.</summary>
    public static IReadOnlyList<string>? Names(string? text, string option = "--select")
    {
        if (text is null)
        {
            return null;
        }

        var names = new List<string>();
        var name = new StringBuilder();
        var (isQuoted, wasQuoted) = (false, false);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && !isQuoted))
            {
                names.Add(wasQuoted ? name.ToString() : name.ToString().Trim());
                name.Clear();
                wasQuoted = false;
            }
            else if (text[i] == '"')
            {
                (isQuoted, wasQuoted) = (!isQuoted, true);
            }
            else
            {
                name.Append(text[i]);
            }
        }

        names.RemoveAll(n => n.Length == 0);
        return names.Count > 0 && !isQuoted ? names : throw new CliException(CliException.Usage, $"{option} '{text}' names no columns; write them with commas between, such as {option} a,b");
    }

    /// <summary>The query over a table's columns.</summary>
    public ScanQuery Bind(ISqlEngine engine, Schema schema, TableMetadata metadata)
    {
        string[] empty = [.. (Columns ?? []).Where(c => schema.Find(c) is null && MetadataColumns.Find(c, metadata)?.Type is StructType { Fields.Count: 0 })];
        if (empty.Length > 0)
        {
            // A scan of no column at all would have no rows.
            var rest = (this with { Columns = Columns!.Except(empty).DefaultIfEmpty(schema.Fields[0].Name).ToList() }).Bind(engine, schema, metadata);
            return rest with { Columns = Columns, Empty = empty };
        }

        string[] all = [.. schema.Fields.Select(f => f.Name)];
        if (Columns is null && all.Distinct(StringComparer.OrdinalIgnoreCase).Count() < all.Length)
        {
            return (this with { Columns = all }).Bind(engine, schema, metadata);
        }

        if (Condition is null)
        {
            return this with { Projection = Columns is null ? null : [.. Columns.Distinct(StringComparer.Ordinal)] };
        }

        string[] compared = [.. engine.Analyze(CountedSql).Indirect.Select(i => i.Column).Distinct(StringComparer.Ordinal)];
        string[] facts = [.. compared.Where(c => schema.Find(c) is null).Select(c => c.ToLowerInvariant()).Where(c => MetadataColumns.Find(c, metadata) is not null)];
        if (Columns is null)
        {
            return this with { OnlyCompared = facts, Projection = facts.Length == 0 ? null : [.. all, .. facts] };
        }

        // A condition that names what is no column (a field of a struct, a slip) is left to the engine, with every column there is.
        string[][] own = [.. compared.Select(c => Matching(schema, c))];
        var needed = own.Count(names => names.Length == 0) > facts.Length ? all : own.SelectMany(names => names);
        // The engine takes the first of columns that differ by case alone: the one that is compared.
        var first = compared.Where(c => IsOneOfSeveral(schema, c, compared));
        return this with { Projection = [.. first.Concat(Columns).Concat(needed).Concat(facts).Distinct(StringComparer.Ordinal)] };
    }

    /// <summary>The query over the relation whose columns, in the order of <paramref name="read"/>, are named <paramref name="held"/> in the session.</summary>
    public ScanQuery Over(IEnumerable<string> read, IEnumerable<string> held) =>
        this with { Held = read.Zip(held).Where(n => n.First != n.Second).ToDictionary(n => n.First, n => n.Second, StringComparer.Ordinal) };

    // True of a column that must be told from others, and can be.
    private bool IsOneOfSeveral(Schema schema, string name, string[] compared)
    {
        string[] alike = [.. schema.Fields.Select(f => f.Name).Where(n => n.Equals(name, StringComparison.OrdinalIgnoreCase))];
        return alike.Length > 1 && (alike.Contains(name) && compared.Count(c => c.Equals(name, StringComparison.OrdinalIgnoreCase)) == 1
            ? true
            : throw new CliException(
                CliException.Usage,
                $"in --where '{Condition}', '{name}' may be any of the columns {string.Join(", ", alike.Select(n => $"'{n}'"))}, which differ by case alone; name one of them, exactly as it is written here, and no other of them"));
    }

    // The engine takes names in any case.
    private static string[] Matching(Schema schema, string name) =>
        schema.Find(name) is not null ? [name] : [.. schema.Fields.Select(f => f.Name).Where(n => n.Equals(name, StringComparison.OrdinalIgnoreCase))];

    private string Item(string column) =>
        Empty.Contains(column) ? $"CAST(NULL AS VARCHAR) AS {Quote(column)}"
        : AsText.Contains(column) ? $"CAST({Quote(column)} AS VARCHAR) AS {Quote(column)}"
        : Held.TryGetValue(column, out var held) ? $"{Quote(held)} AS {Quote(column)}"
        : Quote(column);

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
