namespace Features.Core.Definitions;

/// <summary>A named place of rows: an Iceberg table under other column names, or a folder of Parquet files. Exactly one of <see cref="Table"/> and <see cref="Parquet"/> is set.</summary>
/// <param name="Name">The source's name, which views and SQL use in a table's place.</param>
public sealed record FeatureSource(string Name) : Definition(Name)
{
    /// <summary>The namespace of the tables that keep the states of Parquet folders: a folder <c>drivers</c> is read through <c>sources.drivers</c>.</summary>
    public const string Namespace = "sources";

    /// <inheritdoc/>
    public override string Kind => "Source";

    /// <summary>The Iceberg table, <c>namespace.name</c>; null for a folder.</summary>
    public string? Table { get; init; }

    /// <summary>A folder of Parquet files, or a glob over them; relative to the workspace, or a URI; null for a table.</summary>
    public string? Parquet { get; init; }

    /// <summary>Columns that go by another name here: the name here, then the name in the table or files. Others keep theirs.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>The table that rows are read from, <c>namespace.name</c>.</summary>
    public string TableName => Table ?? $"{Namespace}.{Name}";
}
