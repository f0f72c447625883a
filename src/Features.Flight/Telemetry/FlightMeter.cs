using System.Diagnostics.Metrics;
using Grpc.Core;

namespace Features.Flight.Telemetry;

/// <summary>
/// What the service counts, as the meter <see cref="Name"/>. Streams are tagged by <c>dataset</c>, <c>rank</c> and <c>world</c>; the cache by
/// <c>dataset</c>. Names follow OpenTelemetry's conventions; schemas/flight/README.md lists them.
/// </summary>
internal sealed class FlightMeter : IDisposable
{
    /// <summary>The name of the meter, and of the source of activities.</summary>
    public const string Name = "Features.Flight";

    private readonly Meter meter;
    private readonly Counter<long> cacheRequests;
    private readonly Counter<long> evictions;
    private readonly Counter<long> evictedBytes;
    private readonly Counter<long> spills;
    private readonly Counter<long> spilledBytes;
    private readonly Counter<long> refusals;
    private readonly Histogram<double> loadSeconds;
    private readonly Histogram<long> loadBytes;

    /// <param name="factory">Where meters come from; null for one that stands alone.</param>
    public FlightMeter(IMeterFactory? factory = null)
    {
        meter = factory?.Create(Name) ?? new Meter(Name);
        Bytes = meter.CreateCounter<long>("features.flight.stream.bytes", "By", "Bytes of messages handed to the network.");
        Batches = meter.CreateCounter<long>("features.flight.stream.batches", "{batch}", "Record batches handed to the network.");
        Rows = meter.CreateCounter<long>("features.flight.stream.rows", "{row}", "Rows handed to the network.");
        Streams = meter.CreateUpDownCounter<long>("features.flight.streams", "{stream}", "DoGet streams that are open.");
        Blocked = meter.CreateCounter<double>("features.flight.stream.blocked", "s", "Time in which rows were ready and the reader took none.");
        Starved = meter.CreateCounter<double>("features.flight.stream.starved", "s", "Time in which the reader could have taken rows and none were ready.");
        cacheRequests = meter.CreateCounter<long>("features.flight.cache.requests", "{request}", "Reads that asked for a data set: result=hit if it was in memory, shared if it was being loaded, miss if this began its load.");
        evictions = meter.CreateCounter<long>("features.flight.cache.evictions", "{dataset}", "Data sets dropped from memory.");
        evictedBytes = meter.CreateCounter<long>("features.flight.cache.evicted_bytes", "By", "Bytes dropped from memory.");
        spills = meter.CreateCounter<long>("features.flight.cache.spills", "{dataset}", "Data sets moved from memory to local files.");
        spilledBytes = meter.CreateCounter<long>("features.flight.cache.spilled_bytes", "By", "Bytes moved from memory to local files.");
        refusals = meter.CreateCounter<long>("features.flight.refusals", "{call}", "Calls that ended with another status than OK.");
        loadSeconds = meter.CreateHistogram<double>("features.flight.load.duration", "s", "How long data sets took to load; outcome=ready or failed.");
        loadBytes = meter.CreateHistogram<long>("features.flight.load.size", "By", "Bytes in memory of data sets that were loaded.");
    }

    internal Counter<long> Bytes { get; }

    internal Counter<long> Batches { get; }

    internal Counter<long> Rows { get; }

    internal UpDownCounter<long> Streams { get; }

    internal Counter<double> Blocked { get; }

    internal Counter<double> Starved { get; }

    /// <summary>A read found its data set in memory.</summary>
    public void CacheHit(string dataset) => Requested(dataset, "hit");

    /// <summary>A read waits for a load that another began.</summary>
    public void CacheShared(string dataset) => Requested(dataset, "shared");

    /// <summary>A read began the load of its data set.</summary>
    public void CacheMiss(string dataset) => Requested(dataset, "miss");

    /// <summary>A data set is in memory whole.</summary>
    public void Loaded(string dataset, long bytes, TimeSpan elapsed)
    {
        loadSeconds.Record(elapsed.TotalSeconds, new("dataset", dataset), new("outcome", "ready"));
        loadBytes.Record(bytes, new KeyValuePair<string, object?>("dataset", dataset));
    }

    /// <summary>A load failed, or was given up.</summary>
    public void LoadFailed(string dataset, TimeSpan elapsed) => loadSeconds.Record(elapsed.TotalSeconds, new("dataset", dataset), new("outcome", "failed"));

    /// <summary>A data set was dropped from memory.</summary>
    public void Evicted(string dataset, long bytes)
    {
        evictions.Add(1, new KeyValuePair<string, object?>("dataset", dataset));
        evictedBytes.Add(bytes, new KeyValuePair<string, object?>("dataset", dataset));
    }

    /// <summary>A data set was moved from memory to local files.</summary>
    public void Spilled(string dataset, long bytes)
    {
        spills.Add(1, new KeyValuePair<string, object?>("dataset", dataset));
        spilledBytes.Add(bytes, new KeyValuePair<string, object?>("dataset", dataset));
    }

    /// <summary>A call ended with another status than OK.</summary>
    /// <param name="method">The method's name, such as DoGet.</param>
    /// <param name="status">The status.</param>
    public void Refused(string method, StatusCode status) => refusals.Add(1, new("method", method), new("status", status.ToString()));

    /// <summary>Has the cache's fill level observed, for as long as this lives.</summary>
    /// <param name="usedBytes">Bytes in memory now.</param>
    /// <param name="budgetBytes">Bytes that may be.</param>
    public void ObserveCache(Func<long> usedBytes, Func<long> budgetBytes)
    {
        meter.CreateObservableUpDownCounter("features.flight.cache.used", usedBytes, "By", "Bytes of data sets in memory.");
        meter.CreateObservableUpDownCounter("features.flight.cache.budget", budgetBytes, "By", "Bytes that data sets in memory may take.");
    }

    public void Dispose() => meter.Dispose();

    private void Requested(string dataset, string result) => cacheRequests.Add(1, new("dataset", dataset), new("result", result));
}
