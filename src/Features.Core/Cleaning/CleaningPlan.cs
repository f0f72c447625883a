using System.Security.Cryptography;
using System.Text;
using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Lineage;
using Features.Core.Quality;

namespace Features.Core.Cleaning;

/// <summary>
/// The SQL that turns a file's rows into good and quarantined ones. Rows that break the contract never reach the clean SELECT, so that it may rely on the contract;
/// rows that the SELECT's WHERE drops break <see cref="FilteredRule"/>; what it yields is tested for the pipeline's rules. Each row of the file is in exactly one of the two results.
/// Pure: the statements run in a session in which the file is added as <see cref="File"/>.
/// </summary>
internal sealed class CleaningPlan
{
    /// <summary>The relation of the file's own rows.</summary>
    public const string File = "_file";

    /// <summary>The relation of the cleaned rows, to be materialised from <see cref="CleanedRows"/>.</summary>
    public const string Cleaned = "_cleaned";

    /// <summary>The relation of bad row numbers, to be materialised from <see cref="Reasons"/> after <see cref="Cleaned"/>.</summary>
    public const string Bad = "_bad";

    /// <summary>The column that keeps a row's identity: its 0-based position in the file.</summary>
    public const string RowNumber = "_row_no";

    /// <summary>The column of a CSV row's cells that the header has no names for.</summary>
    public const string Extra = "_extra";

    /// <summary>The rule that a row with such cells breaks: nobody can say which of its values belongs where.</summary>
    public const string ExtraRule = "columns:extra";

    /// <summary>The column of a row's breaches (<see cref="RuleSet.IdsOf"/>).</summary>
    public const string Breaches = "_broken";

    /// <summary>The rule that a row breaks when the clean SELECT leaves it out.</summary>
    public const string FilteredRule = "clean:filtered";

    private readonly string typedRows;
    private readonly int filtered;

    private CleaningPlan(string typedRows, string cleanedRows, int filtered, RuleSet rules, TypedSource typed)
    {
        this.typedRows = typedRows;
        this.filtered = filtered;
        CleanedRows = cleanedRows;
        Rules = rules;
        Typed = typed;
    }

    /// <summary>All rules that rows are tested for.</summary>
    public RuleSet Rules { get; }

    /// <summary>The typing step.</summary>
    public TypedSource Typed { get; }

    /// <summary>SELECT: the cleaned columns, then the row number and the breaches.</summary>
    public string CleanedRows { get; }

    /// <summary>SELECT: number and breaches of each bad row, whatever made it bad.</summary>
    public string Reasons => $"""
        WITH _typed AS ({typedRows})
        SELECT {RowNumber}, {Breaches} FROM _typed WHERE {Breaches} <> ''
        UNION ALL SELECT {RowNumber}, {Breaches} FROM {Cleaned} WHERE {Breaches} <> ''
        UNION ALL SELECT t.{RowNumber}, {Sql.Text($"{filtered},")} FROM _typed AS t LEFT JOIN {Cleaned} AS c ON c.{RowNumber} = t.{RowNumber}
        WHERE t.{Breaches} = '' AND c.{RowNumber} IS NULL
        """;

    /// <summary>SELECT: how many rows have which breaches, for the report.</summary>
    public static string BreachCounts => $"SELECT {Breaches}, count(*) AS n FROM {Bad} GROUP BY {Breaches} ORDER BY {Breaches}";

    /// <summary>Names the definition: equal hashes split a file equally.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{CleanedRows}\0{Reasons}")));

    /// <summary>Builds the plan for a file with these columns (the row number left out).</summary>
    /// <exception cref="BatchRejectedException">The file lacks required columns, or the clean SELECT is not repeatable or reads something else than <c>source</c>.</exception>
    /// <exception cref="SqlException">The clean SELECT does not parse, or is not row-wise.</exception>
    public static CleaningPlan Build(Pipeline pipeline, Contract? contract, IReadOnlyList<Field> file, string fileName, ISqlEngine engine)
    {
        var rules = new RuleSet();
        var typed = TypedSource.Of(contract, file, fileName, rules);
        var typeBreaches = rules.Breaches(0);
        var firstDeclared = rules.Rules.Count;
        foreach (var rule in contract?.Rules ?? [])
        {
            rules.Add(RowRule.Declared(rule));
        }

        // Two levels, since the contract's rules are over the typed columns and not the file's of the same name.
        var typedRows = $"""
            SELECT {Sql.Names(typed.Columns)}, {RowNumber}, concat({Breaches}, {rules.Breaches(firstDeclared)}) AS {Breaches}
            FROM (SELECT {string.Join(", ", typed.Projection)}, {RowNumber}, {typeBreaches} AS {Breaches} FROM {File}) AS source
            """;
        var filtered = rules.Add(new RowRule(FilteredRule, "FALSE", null));
        var firstQuality = rules.Rules.Count;
        foreach (var rule in pipeline.Rules)
        {
            rules.Add(RowRule.Declared(rule));
        }

        var cleanedRows = $"""
            WITH source AS (SELECT {Sql.Names(typed.Columns)}, {RowNumber} FROM ({typedRows}) AS _typed WHERE {Breaches} = '')
            SELECT *, {rules.Breaches(firstQuality)} AS {Breaches} FROM (
            {Carried(pipeline, typed, engine)}
            ) AS _clean
            """;
        return new CleaningPlan(typedRows, cleanedRows, filtered, rules, typed);
    }

    /// <summary>SELECT: the good rows, each column cast as given, clustered and sorted; the row number decides ties, so that a redo writes the same files.</summary>
    public static string GoodRows(IReadOnlyList<(string Name, string? SqlType)> columns, IReadOnlyList<string> order) => $"""
        SELECT {string.Join(", ", columns.Select(c => c.SqlType is null ? Sql.Name(c.Name) : $"CAST({Sql.Name(c.Name)} AS {c.SqlType}) AS {Sql.Name(c.Name)}"))}
        FROM {Cleaned} WHERE {Breaches} = '' ORDER BY {string.Join("", order.Select(o => $"{o}, "))}{RowNumber}
        """;

    /// <summary>SELECT: the bad rows as they stand in the file, every column as text, then the row number and the breaches; in the file's order.</summary>
    public static string QuarantinedRows(IReadOnlyList<Field> file) => $"""
        SELECT {string.Join("", file.Select(f => $"CAST(f.{Sql.Name(f.Name)} AS VARCHAR) AS {Sql.Name(f.Name)}, "))}f.{RowNumber}, b.{Breaches}
        FROM {File} AS f JOIN {Bad} AS b ON f.{RowNumber} = b.{RowNumber} ORDER BY f.{RowNumber}
        """;

    /// <summary>Where the cleaned columns come from in the file, and which of its columns decide about rows.</summary>
    public (IReadOnlyList<OutputColumn> Columns, IReadOnlyList<IndirectInput> Indirect) Lineage(Pipeline pipeline, IReadOnlyList<string> outputs, ISqlEngine engine)
    {
        if (pipeline.Clean is null)
        {
            return (Typed.Lineage, []);
        }

        var analysis = engine.Analyze(pipeline.Clean);
        var columns = SelectLineage.Compose(Typed.Lineage, SelectLineage.Resolve(analysis, outputs, [.. Typed.Columns]));
        var origin = Typed.Lineage.ToDictionary(c => c.Name!, c => c.Inputs.Count > 0 ? c.Inputs[0].Column : null, StringComparer.OrdinalIgnoreCase);
        return (columns, [.. analysis.Indirect.Select(i => i with { Relation = null, Column = origin.GetValueOrDefault(i.Column) ?? i.Column })]);
    }

    private static string Carried(Pipeline pipeline, TypedSource typed, ISqlEngine engine)
    {
        if (pipeline.Clean is null)
        {
            return $"SELECT {Sql.Names(typed.Columns)}, {RowNumber} FROM source";
        }

        var analysis = engine.Analyze(pipeline.Clean);
        if (analysis.Relations is not [var only] || !string.Equals(only, "source", StringComparison.OrdinalIgnoreCase))
        {
            throw new BatchRejectedException($"the clean SELECT of pipeline '{pipeline.Name}' reads {string.Join(", ", analysis.Relations)}; it must read 'source' and nothing else (join in a feature view instead)");
        }

        if (analysis.VolatileFunctions.Count > 0)
        {
            throw new BatchRejectedException(
                $"the clean SELECT of pipeline '{pipeline.Name}' calls {string.Join(", ", analysis.VolatileFunctions)}, whose result differs from run to run, so a batch could not be repeated after a crash; use the row's own columns");
        }

        return engine.CarryColumn(pipeline.Clean, RowNumber);
    }
}
