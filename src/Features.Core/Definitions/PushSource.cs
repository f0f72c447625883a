namespace Features.Core.Definitions;

/// <summary>Where rows are pushed: they feed every view over its table online at once, and are appended to the table through the inbox.</summary>
/// <param name="Name">The name that a push gives.</param>
public sealed record PushSource(string Name) : Definition(Name)
{
    /// <inheritdoc/>
    public override string Kind => "PushSource";

    /// <summary>The table, <c>namespace.name</c>, whose columns pushed rows have.</summary>
    public required string Table { get; init; }
}
