namespace Features.Core.Governance;

/// <summary>
/// The governance tags of a table and its columns. They live in the table's properties, so that they travel with it: <c>features.tags.KEY</c> and <c>features.tags.column.COLUMN.KEY</c>,
/// where <c>.</c> and <c>%</c> in a column's name are written <c>%2E</c> and <c>%25</c>.
/// </summary>
/// <param name="Table">Key to value.</param>
/// <param name="Columns">Column to key to value; columns without tags are absent.</param>
public sealed record TableTags(IReadOnlyDictionary<string, string> Table, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Columns)
{
    private const string Prefix = "features.tags.";
    private const string ColumnPrefix = "features.tags.column.";

    /// <summary>No tags.</summary>
    public static TableTags None { get; } = new(new Dictionary<string, string>(), new Dictionary<string, IReadOnlyDictionary<string, string>>());

    /// <summary>Reads the tags among a table's properties; other properties are ignored.</summary>
    public static TableTags Read(IReadOnlyDictionary<string, string> properties)
    {
        var table = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var columns = new SortedDictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var (property, value) in properties)
        {
            if (property.StartsWith(ColumnPrefix, StringComparison.Ordinal))
            {
                var dot = property.IndexOf('.', ColumnPrefix.Length);
                if (dot > 0)
                {
                    var column = property[ColumnPrefix.Length..dot].Replace("%2E", ".", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);
                    (columns.TryGetValue(column, out var tags) ? tags : columns[column] = new(StringComparer.Ordinal))[property[(dot + 1)..]] = value;
                }
            }
            else if (property.StartsWith(Prefix, StringComparison.Ordinal))
            {
                table[property[Prefix.Length..]] = value;
            }
        }

        return new TableTags(table, columns.ToDictionary(c => c.Key, c => (IReadOnlyDictionary<string, string>)c.Value));
    }

    /// <summary>The table properties that say this.</summary>
    public IReadOnlyDictionary<string, string> ToProperties()
    {
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in Table)
        {
            properties[Prefix + key] = value;
        }

        foreach (var (column, tags) in Columns)
        {
            var name = column.Replace("%", "%25", StringComparison.Ordinal).Replace(".", "%2E", StringComparison.Ordinal);
            foreach (var (key, value) in tags)
            {
                properties[$"{ColumnPrefix}{name}.{key}"] = value;
            }
        }

        return properties;
    }

    /// <summary>What reads both must respect: the join, tag by tag (<see cref="TagLattice.Join"/>).</summary>
    public TableTags Join(TableTags other) => new(
        TagLattice.Join(Table, other.Table),
        Columns.Keys.Union(other.Columns.Keys).ToDictionary(
            column => column,
            column => TagLattice.Join(Columns.GetValueOrDefault(column, TagLattice.Empty), other.Columns.GetValueOrDefault(column, TagLattice.Empty))));
}
