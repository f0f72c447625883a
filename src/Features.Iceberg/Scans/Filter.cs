namespace Features.Iceberg.Scans;

/// <summary>How a column is compared.</summary>
public enum Comparison
{
    /// <summary>Equal to the one value.</summary>
    Equal,
    /// <summary>Different from the one value (and not null).</summary>
    NotEqual,
    /// <summary>Less than the one value.</summary>
    Less,
    /// <summary>Less than or equal to the one value.</summary>
    LessOrEqual,
    /// <summary>Greater than the one value.</summary>
    Greater,
    /// <summary>Greater than or equal to the one value.</summary>
    GreaterOrEqual,
    /// <summary>One of the values.</summary>
    In,
    /// <summary>None of the values (and not null).</summary>
    NotIn,
    /// <summary>A string that starts with the one value.</summary>
    StartsWith,
    /// <summary>Null; no values.</summary>
    IsNull,
    /// <summary>Not null; no values.</summary>
    NotNull,
    /// <summary>NaN; no values.</summary>
    IsNan,
    /// <summary>Not NaN; no values.</summary>
    NotNan,
}

/// <summary>A row filter. A column within structs is named with dots (<c>point.x</c>), and the metadata columns (<c>_file</c>, <c>_pos</c>, …) can be compared too. Values are as <c>SingleValue</c> represents them; integers of any width are accepted and converted to the column's type.</summary>
public abstract record Filter
{
    private protected Filter() { }

    /// <summary>Every row.</summary>
    public static Filter True { get; } = new All();

    /// <summary>A comparison of a column.</summary>
    public static Filter Compare(string column, Comparison comparison, params object[] values) => new Predicate(column, comparison, values);

    /// <summary>Rows that match both.</summary>
    public Filter And(Filter other) => this is All ? other : other is All ? this : new Conjunction(this, other);

    /// <summary>Rows that match either.</summary>
    public Filter Or(Filter other) => this is All || other is All ? True : new Disjunction(this, other);

    /// <summary>Rows that do not match (SQL's three-valued logic: a row for which the inner filter is unknown does not match either).</summary>
    public Filter Not() => new Negation(this);

    internal sealed record All : Filter;

    internal sealed record Predicate(string Column, Comparison Comparison, IReadOnlyList<object> Values) : Filter;

    internal sealed record Conjunction(Filter Left, Filter Right) : Filter;

    internal sealed record Disjunction(Filter Left, Filter Right) : Filter;

    internal sealed record Negation(Filter Inner) : Filter;
}
