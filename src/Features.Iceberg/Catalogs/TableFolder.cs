using System.Diagnostics;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>Opens a table by location, read-only, with no catalog: a metadata file, or a table's folder in Hadoop (<c>version-hint.text</c>, <c>vN[.gz].metadata.json</c>) or metastore (<c>NNNNN-uuid…</c>) layout.</summary>
public static class TableFolder
{
    /// <summary>Opens it; where several metadata files stand and no hint decides, the highest version is taken. A table that was moved or copied here is read here, wherever its metadata says that it lies.</summary>
    /// <exception cref="NotFoundException">There is no table there.</exception>
    public static Task<Table> OpenAsync(IObjectStore storage, string location, CancellationToken cancellationToken) => OpenAsync(storage, location, null, cancellationToken);

    /// <summary>Opens it with the given relocations (OLD prefix, NEW prefix) of the locations in its metadata; null finds them by itself, an empty list takes all locations as they are.</summary>
    /// <exception cref="NotFoundException">There is no table there.</exception>
    public static Task<Table> OpenAsync(IObjectStore storage, string location, IReadOnlyList<(string Old, string New)>? relocations, CancellationToken cancellationToken) => throw new UnreachableException();
}
