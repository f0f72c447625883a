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
        if (name.Split('.').Any(level => level.Length == 0))
        {
            throw new InvalidTableArgumentException($"'{name}' is no namespace: write its levels as level.level, none empty");
        }
    }

    /// <exception cref="InvalidTableArgumentException">It is no table's name.</exception>
    public static void CheckTable(TableIdentifier identifier)
    {
        CheckNamespace(identifier.Namespace);
        if (identifier.Name is "" or "." or "..")
        {
            throw new InvalidTableArgumentException($"'{identifier}' is no table: '{identifier.Name}' is no name");
        }
    }

    /// <summary>The folder of a name below another; what would lead elsewhere is refused.</summary>
    /// <exception cref="InvalidTableArgumentException">The name has a slash.</exception>
    public static string FolderOf(string warehouse, string namespaceFolder, TableIdentifier identifier)
    {
        CheckTable(identifier);
        return identifier.Namespace.Contains('/', StringComparison.Ordinal) || identifier.Name.Contains('/', StringComparison.Ordinal)
            ? throw new InvalidTableArgumentException($"'{identifier}' has a slash and so names no folder of the warehouse; choose another name, or give the table a location")
            : $"{warehouse}/{namespaceFolder}/{identifier.Name}";
    }
}
