namespace Features.Iceberg.Catalogs.Sql;

/// <summary>The rows of <c>iceberg_tables</c>. A row whose type is VIEW is no table, but its name is taken.</summary>
internal sealed class SqlTables(SqlDatabase database)
{
    private const string Key = "catalog_name = @catalog AND table_namespace = @namespace AND table_name = @name";

    private bool HasType => database.Dialect.HasType;

    private string IsTable => HasType ? "(iceberg_type = 'TABLE' OR iceberg_type IS NULL)" : "1 = 1";

    public async Task<IReadOnlyList<TableIdentifier>> ListAsync(string? namespaceName, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            $"""
            SELECT table_namespace, table_name FROM iceberg_tables
            WHERE catalog_name = @catalog AND {IsTable} {(namespaceName is null ? "" : "AND table_namespace = @namespace")}
            """,
            row => new TableIdentifier(row.GetString(0), row.GetString(1)),
            cancellationToken,
            namespaceName is null ? [] : [("@namespace", namespaceName)]).ConfigureAwait(false);
        // Here and not in the database, whose order depends on how it was set up.
        return [.. rows.OrderBy(t => t.Namespace, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal)];
    }

    public async Task<string?> FindLocationAsync(TableIdentifier identifier, CancellationToken cancellationToken) => (await database.ReadAsync(
        $"SELECT metadata_location FROM iceberg_tables WHERE {Key} AND {IsTable} AND metadata_location IS NOT NULL",
        row => row.GetString(0),
        cancellationToken,
        Names(identifier)).ConfigureAwait(false)).SingleOrDefault();

    public async Task<bool> IsTakenAsync(TableIdentifier identifier, CancellationToken cancellationToken) =>
        (await database.ReadAsync($"SELECT 1 FROM iceberg_tables WHERE {Key}", _ => true, cancellationToken, Names(identifier)).ConfigureAwait(false)).Count > 0;

    /// <summary>The metadata files of all other tables of the database, whichever catalog names them.</summary>
    public Task<IReadOnlyList<(TableIdentifier Identifier, string Location)>> OthersAsync(TableIdentifier identifier, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT table_namespace, table_name, metadata_location FROM iceberg_tables WHERE NOT ({Key}) AND {IsTable} AND metadata_location IS NOT NULL",
        row => (new TableIdentifier(row.GetString(0), row.GetString(1)), row.GetString(2)),
        cancellationToken,
        Names(identifier));

    /// <summary>False if the name is taken.</summary>
    /// <exception cref="StorageException">It was refused.</exception>
    /// <exception cref="System.Data.Common.DbException">Whether it stands is the caller's to tell.</exception>
    public async Task<bool> InsertAsync(TableIdentifier identifier, string location, CancellationToken cancellationToken) => await database.WriteAsync(
        "the table could not be registered",
        $"""
        INSERT INTO iceberg_tables(catalog_name, table_namespace, table_name, metadata_location{(HasType ? ", iceberg_type" : "")})
        VALUES(@catalog, @namespace, @name, @location{(HasType ? ", 'TABLE'" : "")}) ON CONFLICT DO NOTHING
        """,
        cancellationToken,
        [.. Names(identifier), ("@location", location)]).ConfigureAwait(false) == 1;

    /// <summary>False if the location is not the expected one any more, or the table is gone.</summary>
    /// <exception cref="StorageException">It was refused.</exception>
    /// <exception cref="System.Data.Common.DbException">Whether it took place is the caller's to tell.</exception>
    public async Task<bool> SwapAsync(TableIdentifier identifier, string expected, string location, CancellationToken cancellationToken) => await database.WriteAsync(
        $"the commit to '{identifier}' was refused",
        $"""
        UPDATE iceberg_tables SET metadata_location = @location, previous_metadata_location = @expected
        WHERE {Key} AND {IsTable} AND metadata_location = @expected
        """,
        cancellationToken,
        [.. Names(identifier), ("@location", location), ("@expected", expected)]).ConfigureAwait(false) == 1;

    /// <summary>False if there is no such table or the new name is taken.</summary>
    public Task<bool> RenameAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken) => database.ExplainedAsync("the table could not be renamed", async () =>
    {
        try
        {
            return await database.WriteAsync(
                "the table could not be renamed",
                $"""
                UPDATE iceberg_tables SET table_namespace = @newNamespace, table_name = @newName
                WHERE {Key} AND {IsTable}
                  AND NOT EXISTS (SELECT 1 FROM iceberg_tables WHERE catalog_name = @catalog AND table_namespace = @newNamespace AND table_name = @newName)
                """,
                cancellationToken,
                [.. Names(from), ("@newNamespace", to.Namespace), ("@newName", to.Name)]).ConfigureAwait(false) == 1;
        }
        catch (System.Data.Common.DbException rival) when (database.Dialect.IsDuplicate(rival))
        {
            return false;
        }
    });

    public Task<bool> DeleteAsync(TableIdentifier identifier, CancellationToken cancellationToken) => database.ExplainedAsync(
        "the table could not be dropped",
        async () => await database.WriteAsync("the table could not be dropped", $"DELETE FROM iceberg_tables WHERE {Key} AND {IsTable}", cancellationToken, Names(identifier)).ConfigureAwait(false) == 1);

    private static (string Name, string Value)[] Names(TableIdentifier identifier) => [("@namespace", identifier.Namespace), ("@name", identifier.Name)];
}
