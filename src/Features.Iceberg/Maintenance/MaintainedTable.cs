namespace Features.Iceberg.Maintenance;

/// <summary>Whether a table's files may be removed, and how it stands now.</summary>
internal static class MaintainedTable
{
    /// <exception cref="InvalidTableArgumentException">The property <c>gc.enabled</c> is false.</exception>
    public static void RefuseSharedFiles(Table table)
    {
        if (string.Equals(table.Metadata.Properties.GetValueOrDefault("gc.enabled"), "false", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidTableArgumentException($"files of table '{table.Name}' may not be removed: its property gc.enabled is false, since other tables may use them; set it to true if none does");
        }
    }

    /// <exception cref="InvalidTableArgumentException">The plan was made for another table.</exception>
    public static void RefuseOther(Table table, Table planned)
    {
        if (table.Identifier != planned.Identifier || table.Metadata.TableUuid != planned.Metadata.TableUuid)
        {
            throw new InvalidTableArgumentException($"the plan was made for '{planned.Name}' and cannot be executed on '{table.Name}'; plan again");
        }
    }

    /// <summary>The table as its catalog has it now.</summary>
    /// <exception cref="InvalidTableArgumentException">It was opened by location.</exception>
    /// <exception cref="NotFoundException">It is gone, or another table has its name.</exception>
    public static async Task<Table> RefreshAsync(Table table, CancellationToken cancellationToken)
    {
        if (table.Catalog is not { } catalog || table.Identifier is not { } identifier)
        {
            throw new InvalidTableArgumentException($"'{table.Name}' was opened by its location and is read-only; open it by name from a catalog to maintain it");
        }

        return await catalog.TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false) is { } current && current.Metadata.TableUuid == table.Metadata.TableUuid
            ? current
            : throw new NotFoundException("table", table.Name, "it was dropped or replaced since it was opened");
    }
}
