using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Core.Lineage;
using Features.Core.Registry;
using Features.Core.TrainingSets;
using Features.DuckDb;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;

namespace Features.Server.Workspaces;

/// <summary>
/// A workspace put together: the catalog, engine, inbox, registry, policy, audit log and lineage that its <c>features.yaml</c> names.
/// Several processes may have the same workspace open. Dispose it when done.
/// </summary>
public sealed partial class Workspace : IAsyncDisposable
{
    private const string StateFolder = ".features";
    private readonly ICatalog catalog;
    private readonly WorkspaceStorage storage;
    private readonly FileLineageSink lineage;
    private readonly bool isTemporary;

    private Workspace(string root, WorkspaceConfig config, WorkspaceOptions options, WorkspaceStorage storage, ICatalog catalog, bool isTemporary)
    {
        (this.storage, this.catalog, this.isTemporary) = (storage, catalog, isTemporary);
        (Root, Config, Clock) = (root, config, options.Clock);
        Directory.CreateDirectory(State("."));
        lineage = new FileLineageSink(LineagePath, options.Clock);
        Files = new ParquetNetFormat(storage.Objects);
        Engine = new DuckDbEngine(new DuckDbEngineOptions
        {
            SpillDirectory = State("spill"),
            MemoryLimitBytes = (long)config.Engine.MemoryMb << 20,
            Threads = config.Engine.Threads > 0 ? config.Engine.Threads : null,
            LocalFiles = storage.Objects,
            Storage = storage.Objects,
        });
        Inbox = new SqliteInbox(State("inbox.db"), options.Clock);
        Registry = new SqliteRegistry(State("registry.db"), options.Clock);
        Audit = new SqliteAuditLog(State("audit.db"), options.Clock);
        Policy = new LocalPolicy();
        Reads = new ReadGate(catalog, Policy, Audit, options.Clock);
        Pipelines = new RegistryPipelines(Registry, catalog, root);
        TrainingSets = new TrainingSetStore(catalog, Files, Reads);
        IngestPorts = new IngestPorts { Inbox = Inbox, Pipelines = Pipelines, Catalog = catalog, Files = Files, Engine = Engine, Gate = Reads, Lineage = lineage, Clock = options.Clock };
        IngestOptions = options.Ingest with { LineageNamespace = Name };
        Observer = options.Observer;
        Worker = new InboxWorker(Inbox, new Ingestor(IngestPorts, IngestOptions, Observer), IngestOptions, options.Clock);
    }

    /// <summary>The workspace's folder, absolute.</summary>
    public string Root { get; }

    /// <summary>What <c>features.yaml</c> says.</summary>
    public WorkspaceConfig Config { get; }

    /// <summary>The name under which its lineage stands.</summary>
    public string Name => Config.Name ?? Path.GetFileName(Root);

    /// <summary>Who reads and writes here: without authentication there is one principal.</summary>
    public string Principal { get; } = LocalPolicy.Principal;

    /// <summary>The clock of everything in it.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The tables.</summary>
    public ICatalog Catalog => catalog;

    /// <summary>Writes data files.</summary>
    public IDataFileFormat Files { get; }

    /// <summary>Runs SQL.</summary>
    public ISqlEngine Engine { get; }

    /// <summary>What arrived.</summary>
    public IInbox Inbox { get; }

    /// <summary>The definitions in force.</summary>
    public IRegistry Registry { get; }

    /// <summary>The pipelines in force.</summary>
    public IPipelines Pipelines { get; }

    /// <summary>Decides about reads.</summary>
    public IPolicy Policy { get; }

    /// <summary>Keeps what was decided.</summary>
    public IAuditLog Audit { get; }

    /// <summary>The only door to rows.</summary>
    public ReadGate Reads { get; }

    /// <summary>Where run events go.</summary>
    public ILineageSink Lineage => lineage;

    /// <summary>The file that run events are appended to.</summary>
    public string LineagePath => Under(Config.Lineage.Path);

    /// <summary>The training sets.</summary>
    public TrainingSetStore TrainingSets { get; }

    /// <summary>Takes the next batch, whichever it is, through its pipeline.</summary>
    public InboxWorker Worker { get; }

    internal IngestPorts IngestPorts { get; }

    internal IngestOptions IngestOptions { get; }

    internal IIngestObserver? Observer { get; }

    /// <summary>Opens a workspace.</summary>
    /// <param name="folder">Its folder; null for the nearest folder, from the current one upwards, that holds <c>features.yaml</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="WorkspaceException">There is none, or its file has a fault.</exception>
    /// <exception cref="Iceberg.IcebergException">Its catalog cannot be opened.</exception>
    public static Task<Workspace> OpenAsync(string? folder, CancellationToken cancellationToken) => OpenAsync(folder, new WorkspaceOptions(), cancellationToken);

    /// <summary>Opens a workspace with another clock, or with an observer of its ingestion.</summary>
    /// <inheritdoc cref="OpenAsync(string?, CancellationToken)"/>
    public static async Task<Workspace> OpenAsync(string? folder, WorkspaceOptions options, CancellationToken cancellationToken)
    {
        var root = FindRoot(folder) ?? throw new WorkspaceException(
            "no-workspace",
            folder is null
                ? $"neither '{Directory.GetCurrentDirectory()}' nor a folder above it holds {WorkspaceFile.Name}; make a workspace with 'features init DIR', or name one with --workspace DIR"
                : $"'{folder}' holds no {WorkspaceFile.Name}; make a workspace with 'features init {folder}'");
        var config = await WorkspaceFile.ReadAsync(Path.Combine(root, WorkspaceFile.Name), cancellationToken);
        var storage = WorkspaceStorage.Open(root, config, options.Clock);
        try
        {
            return new Workspace(root, config, options, storage, await CatalogOpening.OpenAsync(config.Catalog, root, storage, options.Clock, cancellationToken), isTemporary: false);
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    /// <summary>A workspace of its own in a temporary folder, for reading tables by their location; gone when disposed.</summary>
    public static Workspace OpenTemporary()
    {
        var (root, config, options) = (Directory.CreateTempSubdirectory("features-").FullName, new WorkspaceConfig(), new WorkspaceOptions());
        var storage = WorkspaceStorage.Open(root, config, options.Clock);
        return new Workspace(root, config, options, storage, CatalogOpening.Sqlite(config.Catalog, root, storage.Objects, options.Clock), isTemporary: true);
    }

    /// <summary>The folder of the workspace that <paramref name="folder"/> is, or (for null) that the current folder lies in; null if there is none.</summary>
    public static string? FindRoot(string? folder)
    {
        if (folder is not null)
        {
            return File.Exists(Path.Combine(folder, WorkspaceFile.Name)) ? Path.GetFullPath(folder) : null;
        }

        for (var at = new DirectoryInfo(Directory.GetCurrentDirectory()); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, WorkspaceFile.Name)))
            {
                return at.FullName;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DisposeOnlineAsync();
        await Engine.DisposeAsync();
        lineage.Dispose();
        (catalog as IDisposable)?.Dispose();
        storage.Dispose();
        if (isTemporary)
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private string Under(string path) => Path.GetFullPath(path, Root);

    private string State(string name) => Path.Combine(Root, StateFolder, name);
}
