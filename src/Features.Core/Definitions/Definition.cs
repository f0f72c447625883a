namespace Features.Core.Definitions;

/// <summary>Something declared: read from YAML or built in C#. One model for both; <c>schemas/definitions</c> describes the YAML.</summary>
public abstract record Definition
{
    private protected Definition(string name) => Name = name;

    /// <summary>The name, unique among its kind: lower-case letters, digits and underscores, starting with a letter.</summary>
    public string Name { get; init; }

    /// <summary>The word that stands after <c>kind:</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>What it is for; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>Who answers for it: a person, a team, an address; null for nobody named.</summary>
    public string? Owner { get; init; }

    /// <summary>Governance tags, such as owner, sensitivity, source.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Where it was written; null if it was built in C#. Not part of its identity.</summary>
    public SourcePlace? Place { get; init; }
}

/// <summary>A place in a definitions file; line and column count from 1.</summary>
public sealed record SourcePlace(string File, int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}:{Column}";
}
