namespace Features.Core.Definitions;

/// <summary>How files become rows of a table.</summary>
public sealed record Pipeline(string Name) : Definition(Name)
{
    /// <inheritdoc/>
    public override string Kind => "Pipeline";

    /// <summary>Which objects it takes: a glob over workspace-relative keys, <c>*</c> within a segment and <c>**</c> across; the ending names the format.</summary>
    public required string Match { get; init; }

    /// <summary>The contract that its source rows must keep; null for none.</summary>
    public string? Contract { get; init; }

    /// <summary>One row-wise SELECT over <c>source</c>; null takes the columns as they are.</summary>
    public string? Clean { get; init; }

    /// <summary>Rules over the cleaned rows; a row that breaks one goes to quarantine.</summary>
    public IReadOnlyList<QualityRule> Rules { get; init; } = [];

    /// <summary>Where the rows go.</summary>
    public required PipelineTarget Target { get; init; }

    /// <summary>Tags per column of the target: column, then key and value. Tags of the contract's columns follow the column lineage by themselves.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> ColumnTags { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();
}

/// <summary>A pipeline's target table.</summary>
/// <param name="Table"><c>namespace.name</c>.</param>
/// <param name="Partition">Partition expressions: <c>day(column)</c>, <c>bucket(16, column)</c>, <c>truncate(4, column)</c>, <c>column</c>; empty for none.</param>
/// <param name="Sort">Columns that rows are sorted by within a file, ascending; empty for none.</param>
public sealed record PipelineTarget(string Table, IReadOnlyList<string> Partition, IReadOnlyList<string> Sort);

/// <summary>A rule that each row must keep.</summary>
/// <param name="Id">Its name among the pipeline's or contract's rules; goes into the quarantine's <c>_rule_ids</c>.</param>
/// <param name="Expression">A SQL condition over the row; a row for which it is false or null breaks the rule.</param>
public sealed record QualityRule(string Id, string Expression);
