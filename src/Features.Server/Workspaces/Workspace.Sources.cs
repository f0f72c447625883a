using Features.Core.Definitions;
using Features.Core.Sources;
using Features.Iceberg;

namespace Features.Server.Workspaces;

public sealed partial class Workspace
{
    private FolderSources Folders => new(Catalog, Files, path => WorkspaceStorage.Locate(Root, path));

    /// <summary>
    /// Takes up what was added to, changed in and removed from folders of Parquet files since the last time, so that what is read next sees it. A name is a table's (<c>sources.drivers</c>) or a source's
    /// (<c>drivers</c>); names of anything else are passed over.
    /// </summary>
    /// <exception cref="SourceException">A folder cannot be read as it is.</exception>
    public async Task SyncSourcesAsync(IEnumerable<string> names, CancellationToken cancellationToken = default)
    {
        var wanted = names.Select(n => TableIdentifier.TryParse(n) is { Namespace: FeatureSource.Namespace } table ? table.Name : n).ToHashSet(StringComparer.Ordinal);
        if (wanted.Count > 0)
        {
            await SyncAsync((await Registry.LoadAsync(cancellationToken)).Definitions.OfType<FeatureSource>().Where(s => wanted.Contains(s.Name)), cancellationToken);
        }
    }

    /// <summary>Takes up every folder that features of these references, and the SQL of a spine, are read from.</summary>
    internal Task SyncSourcesAsync(DefinitionSet definitions, IEnumerable<string> references, string? spine, CancellationToken cancellationToken) =>
        SyncAsync(SourceFolders.Of(definitions, references, spine, Engine), cancellationToken);

    private async Task SyncAsync(IEnumerable<FeatureSource> sources, CancellationToken cancellationToken)
    {
        foreach (var source in sources.Where(s => s.Parquet is not null))
        {
            await Folders.SyncAsync(source, cancellationToken);
        }
    }
}
