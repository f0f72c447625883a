namespace Features.Server.Workspaces;

/// <summary>Key <c>telemetry</c>: where metrics and traces of a running host go. Nowhere, unless a key says so.</summary>
public sealed record TelemetryConfig
{
    /// <summary>The collector that metrics and traces are sent to; null for none.</summary>
    public OtlpConfig? Otlp { get; set; }

    /// <summary>Where a page in Prometheus' format is served, at <c>/metrics</c> (<c>http://IP:PORT</c>); null for nowhere. Whoever reaches it may read it: data sets' names are in it, and no rows.</summary>
    public string? Prometheus { get; set; }
}

/// <summary>Key <c>telemetry.otlp</c>: OpenTelemetry's own protocol.</summary>
public sealed record OtlpConfig
{
    /// <summary>The collector's address, without the signals' paths.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary><c>grpc</c>, or <c>http</c> for protobuf over HTTP.</summary>
    public string Protocol { get; set; } = "grpc";

    /// <summary>What is sent along with each export, such as a key of the collector, best as <c>${ENV}</c>; null for nothing.</summary>
    public Dictionary<string, string>? Headers { get; set; }

    /// <summary>How often metrics are sent: a whole number and a unit.</summary>
    public string Interval { get; set; } = "1m";

    /// <summary><see cref="Interval"/> as a time; null if it cannot be read.</summary>
    internal TimeSpan? Every => IntervalText.TryParse(Interval);
}
