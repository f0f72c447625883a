namespace Features.Iceberg.Catalogs.Sql;

/// <summary>
/// The rows of <c>iceberg_namespace_properties</c>. A namespace exists by any row of it or below it, here or among the tables, as the other clients of the schema have it:
/// some write no row for a namespace that a table is made in.
/// </summary>
internal sealed class SqlNamespaces(SqlDatabase database)
{
    /// <summary>The row that only says that the namespace exists.</summary>
    private const string Exists = "exists";

    // Not LIKE: it knows wildcards, and in SQLite no case.
    private const string Here = "(namespace = @namespace OR substr(namespace, 1, length(@below)) = @below)";
    private const string TablesHere = "(table_namespace = @namespace OR substr(table_namespace, 1, length(@below)) = @below)";

    private const string Insert =
        "INSERT INTO iceberg_namespace_properties(catalog_name, namespace, property_key, property_value) VALUES(@catalog, @namespace, @key, @value) ON CONFLICT DO NOTHING";

    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => (await database.ReadAsync(
        $"""
        SELECT 1 WHERE EXISTS (SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = @catalog AND {Here})
          OR EXISTS (SELECT 1 FROM iceberg_tables WHERE catalog_name = @catalog AND {TablesHere})
        """,
        _ => true,
        cancellationToken,
        Names(name)).ConfigureAwait(false)).Count > 0;

    /// <summary>False if a row of it stood.</summary>
    public async Task<bool> AddAsync(string name, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        const string fault = "the namespace could not be added";
        CheckKeys(properties.Keys);
        return await database.ExplainedAsync(fault, () => database.WriteAllAsync(
            fault,
            async run =>
            {
                var isNew = await run(
                    $"""
                    INSERT INTO iceberg_namespace_properties(catalog_name, namespace, property_key, property_value)
                    SELECT @catalog, @namespace, '{Exists}', 'true'
                    WHERE NOT EXISTS (SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = @catalog AND namespace = @namespace)
                    ON CONFLICT DO NOTHING
                    """,
                    ("@namespace", name)).ConfigureAwait(false) == 1;
                foreach (var (key, value) in isNew ? properties : new Dictionary<string, string>())
                {
                    await run(Insert, ("@namespace", name), ("@key", key), ("@value", value)).ConfigureAwait(false);
                }

                return isNew ? 1 : 0;
            },
            cancellationToken)).ConfigureAwait(false) == 1;
    }

    public async Task<IReadOnlyDictionary<string, string>> PropertiesAsync(string name, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            $"SELECT property_key, property_value FROM iceberg_namespace_properties WHERE catalog_name = @catalog AND namespace = @namespace AND property_key <> '{Exists}'",
            row => (Key: row.GetString(0), Value: row.GetString(1)),
            cancellationToken,
            ("@namespace", name)).ConfigureAwait(false);
        return rows.ToDictionary(r => r.Key, r => r.Value);
    }

    public Task UpdateAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken)
    {
        const string fault = "the namespace's properties could not be changed";
        CheckKeys(changes.Keys);
        return database.ExplainedAsync(fault, () => database.WriteAllAsync(
            fault,
            async run =>
            {
                // Without it a namespace would be gone with its last property.
                await run(Insert, ("@namespace", name), ("@key", Exists), ("@value", "true")).ConfigureAwait(false);
                foreach (var (key, value) in changes)
                {
                    await run(
                        "DELETE FROM iceberg_namespace_properties WHERE catalog_name = @catalog AND namespace = @namespace AND property_key = @key",
                        ("@namespace", name),
                        ("@key", key)).ConfigureAwait(false);
                    if (value is not null)
                    {
                        await run(Insert, ("@namespace", name), ("@key", key), ("@value", value)).ConfigureAwait(false);
                    }
                }

                return changes.Count;
            },
            cancellationToken));
    }

    /// <summary>Removes its rows if nothing is in it; false if they stay, or there are none.</summary>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        const string fault = "the namespace could not be dropped";
        return await database.ExplainedAsync(fault, () => database.WriteAsync(
            fault,
            $"""
            DELETE FROM iceberg_namespace_properties WHERE catalog_name = @catalog AND namespace = @namespace
              AND NOT EXISTS (SELECT 1 FROM iceberg_tables WHERE catalog_name = @catalog AND {TablesHere})
              AND NOT EXISTS (SELECT 1 FROM iceberg_namespace_properties below WHERE below.catalog_name = @catalog AND substr(below.namespace, 1, length(@below)) = @below)
            """,
            cancellationToken,
            Names(name))).ConfigureAwait(false) > 0;
    }

    /// <summary>Every namespace that a row names, without the levels above it.</summary>
    public Task<IReadOnlyList<string>> NamedAsync(CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = @catalog UNION SELECT table_namespace FROM iceberg_tables WHERE catalog_name = @catalog",
        row => row.GetString(0),
        cancellationToken);

    private static (string Name, string Value)[] Names(string name) => [("@namespace", name), ("@below", name + ".")];

    private static void CheckKeys(IEnumerable<string> keys)
    {
        if (keys.Contains(Exists))
        {
            throw new InvalidTableArgumentException($"'{Exists}' is the catalog's own property of a namespace; choose another name");
        }
    }
}
