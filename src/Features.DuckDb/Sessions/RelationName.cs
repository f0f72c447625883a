using Features.DuckDb.Queries;

namespace Features.DuckDb.Sessions;

/// <summary>A relation's name in a session: what stands before the last dot is its schema.</summary>
internal sealed record RelationName(string? Schema, string Name)
{
    /// <summary>The schema that unqualified names live in.</summary>
    internal const string DefaultSchema = "main";

    internal static RelationName Parse(string text)
    {
        var dot = text.LastIndexOf('.');
        return dot > 0 && dot < text.Length - 1 ? new(text[..dot], text[(dot + 1)..]) : new(null, text);
    }

    internal string SchemaOrDefault => Schema ?? DefaultSchema;

    /// <summary>The name as SQL.</summary>
    internal string Sql => $"{SqlText.Name(SchemaOrDefault)}.{SqlText.Name(Name)}";

    internal string CreateSchema => Schema is null ? "" : $"CREATE SCHEMA IF NOT EXISTS {SqlText.Name(Schema)};";
}
