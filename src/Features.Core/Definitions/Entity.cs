namespace Features.Core.Definitions;

/// <summary>What features are about: an airport, a route, a customer. Identified by one or more typed keys.</summary>
public sealed record Entity(string Name, params IReadOnlyList<EntityKey> Keys) : Definition(Name)
{
    /// <inheritdoc/>
    public override string Kind => "Entity";
}

/// <summary>A key column. <paramref name="Type"/>: <c>string</c>, <c>int</c>, <c>long</c>, <c>boolean</c>, <c>date</c>, <c>uuid</c>, <c>binary</c>.</summary>
public sealed record EntityKey(string Name, string Type);
