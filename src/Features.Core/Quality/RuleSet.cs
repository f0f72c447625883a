using Features.Core.Cleaning;

namespace Features.Core.Quality;

/// <summary>The rules that rows of a batch are tested for, numbered; and the SQL that tests them.</summary>
/// <remarks>A row's breaches travel through SQL as the text <c>0,4,</c> (rule numbers): any engine can concatenate, and not all have lists.</remarks>
internal sealed class RuleSet
{
    private readonly List<RowRule> rules = [];

    /// <summary>The rules by number.</summary>
    public IReadOnlyList<RowRule> Rules => rules;

    /// <summary>Adds a rule and returns its number.</summary>
    public int Add(RowRule rule)
    {
        rules.Add(rule);
        return rules.Count - 1;
    }

    /// <summary>An expression over the tested row: the numbers of the rules from <paramref name="first"/> on that it breaks, each with a comma; empty for a good row.</summary>
    public string Breaches(int first)
    {
        var tests = rules.Skip(first).Select((rule, i) => $"CASE WHEN {rule.Broken} THEN {Sql.Text($"{first + i},")} ELSE '' END").ToList();
        return tests.Count == 0 ? "''" : $"concat({string.Join(", ", tests)})";
    }

    /// <summary>The rule ids behind a breaches text.</summary>
    public IEnumerable<string> IdsOf(string breaches) =>
        breaches.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => rules[int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)].Id);
}

/// <summary>A rule of a row. <paramref name="Broken"/> is a SQL condition, never null, that is true for a row that breaks it.</summary>
/// <param name="Id">What the quarantine's <c>_rule_ids</c> says.</param>
/// <param name="Broken">The condition.</param>
/// <param name="Column">The column it is about; null if it is about the row.</param>
internal sealed record RowRule(string Id, string Broken, string? Column)
{
    /// <summary>A declared rule: false and null both break it.</summary>
    public static RowRule Declared(Definitions.QualityRule rule) => new(rule.Id, $"({Sql.Enclosed(rule.Expression)}) IS NOT TRUE", null);
}
