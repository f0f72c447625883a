using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Storage;

namespace Features.Server.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Where its tables lie.</summary>
    public WorkspaceStorage Storage => storage;

    /// <summary>Opens a table, read-only, by its folder or metadata file: a path, relative to the current folder, or a URI. Naming it allows what lies below its folder and below the relocations' targets.</summary>
    /// <param name="location">Where it lies.</param>
    /// <param name="relocations">Old and new prefixes of the locations in its metadata, before those that are found because the table was moved as a whole; null or empty for no others.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">There is no table.</exception>
    /// <exception cref="LocationNotAllowedException">The workspace allows only certain locations, and the table's files lie elsewhere.</exception>
    public async Task<Table> OpenTableAsync(string location, IReadOnlyList<(string Old, string New)>? relocations, CancellationToken cancellationToken = default)
    {
        var absolute = WorkspaceStorage.Locate(Directory.GetCurrentDirectory(), location);
        (string Old, string New)[] given = [.. (relocations ?? []).Select(r => (r.Old, WorkspaceStorage.Locate(Directory.GetCurrentDirectory(), r.New)))];
        storage.Allow(absolute, given.Select(r => r.New));
        var table = await TableFolder.OpenAsync(storage.Objects, absolute, cancellationToken);
        return given.Length == 0 ? table : new Table(table.Name, null, table.Metadata, table.MetadataLocation, new RelocatedObjectStore(table.Storage, given), null);
    }
}
