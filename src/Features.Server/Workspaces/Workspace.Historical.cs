using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Table = Features.Iceberg.Table;

namespace Features.Server.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Joins features of the definitions in force to a spine, point-in-time. The caller disposes the result; its files, if it needs any, lie in the workspace's state.</summary>
    /// <exception cref="WorkspaceException">The service is not applied.</exception>
    /// <exception cref="PointInTimeException">A feature, column or type does not fit; the message names it.</exception>
    /// <exception cref="AccessDeniedException">The policy denies a table or the file.</exception>
    public async Task<JoinedRows> JoinAsync(HistoricalQuery query, CancellationToken cancellationToken = default)
    {
        var definitions = await Registry.LoadAsync(cancellationToken);
        var features = query.Service is { } name
            ? (definitions.Find<FeatureService>(name) ?? throw new WorkspaceException(
                "service-not-applied", $"no definition in force declares the feature service '{name}' ({Known(definitions.Definitions.OfType<FeatureService>().Select(s => s.Name))})")).Features
            : [];
        if (query.Spine is FileSpine file)
        {
            await Reads.AdmitAsync(new ReadRequest(Principal, "historical", Path.GetFullPath(file.File.Path), null, [], null), rows: null, cancellationToken);
        }

        await SyncSourcesAsync(definitions, [.. features, .. query.Features], (query.Spine as SqlSpine)?.Sql, cancellationToken);
        var request = new JoinRequest(definitions, [.. features, .. query.Features], query.Spine, new Reader(Principal, "historical"))
        {
            FullNames = query.FullNames,
            Snapshots = query.Snapshots,
            // What the views say was applied; what a person's spine says was not.
            Trust = SqlTrust.Pipeline,
            SpineTrust = query.Spine is SqlSpine ? SqlTrust.User : SqlTrust.Pipeline,
            Options = new JoinOptions { MemoryBytes = query.MemoryBytes, SpillDirectory = State("spill") },
        };
        return await new HistoricalJoin(Engine, Reads).JoinAsync(request, cancellationToken);
    }

    /// <summary>Writes rows into a new table, in their order and in one commit. If it fails, there is no table.</summary>
    /// <param name="name">The table, which must not stand.</param>
    /// <param name="schema">The rows' columns.</param>
    /// <param name="rows">The rows; batches are disposed.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="WorkspaceException">A table of this name stands.</exception>
    public async Task<Table> WriteNewTableAsync(TableIdentifier name, Apache.Arrow.Schema schema, IAsyncEnumerable<RecordBatch> rows, CancellationToken cancellationToken = default)
    {
        if (await Catalog.TableExistsAsync(name, cancellationToken))
        {
            throw new WorkspaceException("table-exists", $"the table '{name}' stands; give the new one another name, or drop it");
        }

        var table = await Catalog.CreateTableAsync(name, new TableCreation(ArrowSchema.ToIceberg(schema), PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), cancellationToken);
        IReadOnlyList<DataFile> files = [];
        try
        {
            files = await new PartitionedWriter(table, Files).WriteAsync(rows, "rows", cancellationToken);
            return (await table.NewTransaction().Add(new AppendFiles(files)).CommitAsync(cancellationToken)).Table;
        }
        catch (Exception fault) when (fault is not CommitStateUnknownException)
        {
            await Catalog.DropTableAsync(name, CancellationToken.None);
            foreach (var file in files)
            {
                await Catalog.Storage.DeleteAsync(file.FilePath, CancellationToken.None);
            }

            throw;
        }
    }
}
