namespace Features.Iceberg.Maintenance;

/// <summary>What a file of a table is.</summary>
public enum TableFileKind
{
    /// <summary>Rows.</summary>
    Data = 0,
    /// <summary>Position or equality deletes, or a deletion vector.</summary>
    Deletes = 1,
    /// <summary>A manifest.</summary>
    Manifest = 2,
    /// <summary>A manifest list.</summary>
    ManifestList = 3,
    /// <summary>A statistics file.</summary>
    Statistics = 4,
}

/// <summary>A file of a table: where, and what it is.</summary>
public sealed record TableFile(string Location, TableFileKind Kind);
