namespace Features.Core.Definitions;

/// <summary>What a source promises (Open Data Contract Standard v3.1, the parts that can be checked a row at a time).</summary>
public sealed record Contract(string Name) : Definition(Name)
{
    /// <inheritdoc/>
    public override string Kind => "Contract";

    /// <summary>The contract's own version; null for none.</summary>
    public string? Version { get; init; }

    /// <summary>The promised columns, in order. Others in a file are ignored.</summary>
    public required IReadOnlyList<ContractColumn> Columns { get; init; }

    /// <summary>Rules over the typed source row.</summary>
    public IReadOnlyList<QualityRule> Rules { get; init; } = [];
}

/// <summary>One promised column.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">An Iceberg primitive type: <c>string</c>, <c>int</c>, <c>long</c>, <c>double</c>, <c>boolean</c>, <c>date</c>, <c>timestamp</c>, <c>timestamptz</c>, <c>decimal(p,s)</c>, ….</param>
/// <param name="Required">True if null breaks the rule <c>required:NAME</c>, and a file without the column fails.</param>
public sealed record ContractColumn(string Name, string Type, bool Required)
{
    /// <summary>Governance tags of the column (for example sensitivity).</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}
