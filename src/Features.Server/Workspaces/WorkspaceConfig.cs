namespace Features.Server.Workspaces;

/// <summary>A workspace's <c>features.yaml</c>; every key is optional. Relative paths are relative to the file's folder. Schema: <c>schemas/workspace</c>.</summary>
public sealed record WorkspaceConfig
{
    /// <summary>The workspace's name: the namespace of its lineage. Default: the folder's name.</summary>
    public string? Name { get; set; }

    /// <summary>Where definitions are read from.</summary>
    public string Definitions { get; set; } = "definitions";

    /// <summary>The catalog.</summary>
    public CatalogConfig Catalog { get; set; } = new();

    /// <summary>Where tables' files are reached, kept and allowed to lie.</summary>
    public StorageConfig Storage { get; set; } = new();

    /// <summary>The SQL engine.</summary>
    public EngineConfig Engine { get; set; } = new();

    /// <summary>The functions host.</summary>
    public FunctionsConfig Functions { get; set; } = new();

    /// <summary>The Flight service.</summary>
    public FlightConfig Flight { get; set; } = new();

    /// <summary>Features online.</summary>
    public OnlineConfig Online { get; set; } = new();

    /// <summary>Where metrics and traces go.</summary>
    public TelemetryConfig Telemetry { get; set; } = new();

    /// <summary>Where lineage goes.</summary>
    public LineageConfig Lineage { get; set; } = new();
}

/// <summary>Key <c>storage</c>.</summary>
public sealed record StorageConfig
{
    /// <summary>How stores are reached, by Iceberg's property names (<c>s3.endpoint</c>, <c>adls.account-name</c>, …); null for what the environment says.</summary>
    public Dictionary<string, string>? Properties { get; set; }

    /// <summary>What is read of remote files is kept on disk.</summary>
    public CacheConfig Cache { get; set; } = new();

    /// <summary>
    /// Folders and URI prefixes below which tables may lie, beside the warehouse; anything else is then refused before any I/O. Null for everything that this machine can reach, or only
    /// for the warehouse if a service listens to other machines.
    /// </summary>
    public List<string>? Allow { get; set; }
}

/// <summary>Key <c>storage.cache</c>.</summary>
public sealed record CacheConfig
{
    /// <summary>The cache's folder.</summary>
    public string Path { get; set; } = ".features/cache";

    /// <summary>What it may hold, in MiB.</summary>
    public int BudgetMb { get; set; } = 10_240;
}

/// <summary>Key <c>engine</c>.</summary>
public sealed record EngineConfig
{
    /// <summary><c>duckdb</c>, the one kind so far.</summary>
    public string Type { get; set; } = "duckdb";

    /// <summary>What the engine may hold in memory, in MiB, before it spills to disk.</summary>
    public int MemoryMb { get; set; } = 512;

    /// <summary>The engine's threads; 0 for one a core.</summary>
    public int Threads { get; set; }
}

/// <summary>Key <c>functions</c>.</summary>
public sealed record FunctionsConfig
{
    /// <summary>Where events are received.</summary>
    public string Listen { get; set; } = "http://127.0.0.1:7070";
}

/// <summary>Key <c>lineage</c>.</summary>
public sealed record LineageConfig
{
    /// <summary>OpenLineage events are appended to this file, one a line.</summary>
    public string Path { get; set; } = ".features/lineage.ndjson";
}
