namespace Features.Iceberg.Catalogs;

/// <summary>What catalogs say when a name is missing, taken or in use.</summary>
internal static class CatalogFaults
{
    public static NotFoundException NoTable(TableIdentifier identifier, string catalog) =>
        new("table", identifier.ToString(), $"list the tables of catalog '{catalog}' for the names that it has");

    public static NotFoundException NoNamespace(string name, string catalog) =>
        new("namespace", name, $"create it, or list the namespaces of catalog '{catalog}' for the names that it has");

    public static AlreadyExistsException TableExists(TableIdentifier identifier) =>
        new("table", identifier.ToString(), "load it, or drop it before creating it anew");

    public static AlreadyExistsException NameTaken(TableIdentifier identifier) =>
        new("table", identifier.ToString(), "choose another name, or drop it first");

    public static InvalidTableArgumentException NotOfCatalog(Table table, string catalog) =>
        new($"'{table.Name}' has no name in catalog '{catalog}'");

    /// <exception cref="InvalidTableArgumentException">It is no namespace's name.</exception>
    public static void CheckNamespace(string name)
    {
        if (name.Length == 0 || name.StartsWith('.') || name.EndsWith('.') || name.Contains("..", StringComparison.Ordinal))
        {
            throw new InvalidTableArgumentException($"'{name}' is no namespace: write its levels as level.level, none empty");
        }
    }
}
