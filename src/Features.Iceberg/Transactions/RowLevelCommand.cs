namespace Features.Iceberg.Transactions;

/// <summary>The command that a change of rows carries out; each has its own isolation property and its own idea of a conflict.</summary>
public enum RowLevelCommand
{
    /// <summary>Rows go.</summary>
    Delete = 0,
    /// <summary>Rows are replaced.</summary>
    Update = 1,
    /// <summary>Rows are replaced, added or removed, by key.</summary>
    Merge = 2,
}
