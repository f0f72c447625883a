namespace Features.Server.Workspaces;

/// <summary>Key <c>flight</c>.</summary>
public sealed record FlightConfig
{
    /// <summary>Where training jobs connect. Anything but this machine alone needs <see cref="Auth"/>, or <see cref="Insecure"/>.</summary>
    public string Listen { get; set; } = "grpc://127.0.0.1:7071";

    /// <summary>A Unix domain socket at which jobs of this machine connect too; null for none.</summary>
    public string? Socket { get; set; }

    /// <summary>Serve whoever reaches the service, as the principal <c>local</c>, although it listens to other machines.</summary>
    public bool Insecure { get; set; }

    /// <summary>Where clients reach this service and its replicas, as they shall dial them; null for the address at which a request came.</summary>
    public List<string>? Locations { get; set; }

    /// <summary>What the cache may hold in memory, in MiB.</summary>
    public int CacheMb { get; set; } = 1024;

    /// <summary>How many parts of a data set are loaded at the same time; 0 for one a core.</summary>
    public int LoadParallelism { get; set; }

    /// <summary>Where data sets go that memory does not hold; null for nowhere.</summary>
    public FlightSpillConfig? Spill { get; set; }

    /// <summary>Encoded bytes above which a batch is split, in KiB.</summary>
    public int MaxMessageKb { get; set; } = 2048;

    /// <summary>Streams that may be open in all.</summary>
    public int MaxStreams { get; set; } = 1024;

    /// <summary>Streams that one subject may have open.</summary>
    public int MaxStreamsPerSubject { get; set; } = 256;

    /// <summary>Streams that one connection may have open.</summary>
    public int MaxStreamsPerConnection { get; set; } = 64;

    /// <summary>How much clients may put.</summary>
    public FlightPutConfig Put { get; set; } = new();

    /// <summary>How long a reader may take nothing while rows are ready, before its stream is ended: a whole number and a unit; <c>0</c> for ever.</summary>
    public string StallTimeout { get; set; } = "1h";

    /// <summary>How long a ticket may start a stream, and holds its data set in memory: a whole number and a unit (<c>30m</c>, <c>1h</c>).</summary>
    public string TicketLifetime { get; set; } = "1h";

    /// <summary>Keys that sign tickets, the newest first: the first signs, all verify. Null for one that is drawn at each start.</summary>
    public List<FlightTicketKeyConfig>? TicketKeys { get; set; }

    /// <summary>The service's certificate; null for clear text.</summary>
    public FlightTlsConfig? Tls { get; set; }

    /// <summary>Whose bearer tokens are trusted; null if nobody has to say who they are.</summary>
    public FlightAuthConfig? Auth { get; set; }

    /// <summary>Who may do what with which data sets, where <see cref="Auth"/> is set: nobody may do anything that no grant says.</summary>
    public List<FlightGrantConfig>? Grants { get; set; }

    /// <summary>What tenants may use, by name; a tenant that is not named may use all that there is.</summary>
    public Dictionary<string, FlightTenantConfig>? Tenants { get; set; }

    /// <summary><see cref="TicketLifetime"/> as a time; null if it cannot be read.</summary>
    internal TimeSpan? Lifetime => IntervalText.TryParse(TicketLifetime);

    /// <summary><see cref="StallTimeout"/> as a time; null for ever, or if it cannot be read.</summary>
    internal TimeSpan? Stall => IntervalText.TryParse(StallTimeout);
}

/// <summary>Key <c>flight.spill</c>.</summary>
public sealed record FlightSpillConfig
{
    /// <summary>The folder, on a local disk.</summary>
    public string Path { get; set; } = ".features/flight-spill";

    /// <summary>What it may hold, in MiB.</summary>
    public int BudgetMb { get; set; } = 10_240;
}

/// <summary>Key <c>flight.put</c>.</summary>
public sealed record FlightPutConfig
{
    /// <summary>What one message, a record batch, may take, in MiB.</summary>
    public int MaxMessageMb { get; set; } = 32;

    /// <summary>What one put may take, in MiB; it is staged on disk.</summary>
    public int MaxMb { get; set; } = 65_536;

    /// <summary>Puts at a time.</summary>
    public int MaxConcurrent { get; set; } = 8;

    /// <summary>How long a client may send nothing before its put is given up: a whole number and a unit.</summary>
    public string IdleTimeout { get; set; } = "1m";

    /// <summary><see cref="IdleTimeout"/> as a time; null if it cannot be read.</summary>
    internal TimeSpan? Idle => IntervalText.TryParse(IdleTimeout);
}

/// <summary>Key <c>flight.tls</c>. Both files are read again when they change.</summary>
public sealed record FlightTlsConfig
{
    /// <summary>The certificate and its chain, PEM.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>Its private key, PEM.</summary>
    public string Key { get; set; } = "";
}

/// <summary>One of <c>flight.tenants</c>.</summary>
public sealed record FlightTenantConfig
{
    /// <summary>What its data sets may hold in memory, in MiB; null for all that the cache may.</summary>
    public int? MemoryMb { get; set; }

    /// <summary>Streams that its subjects together may have open; null for all that there are.</summary>
    public int? MaxStreams { get; set; }
}
