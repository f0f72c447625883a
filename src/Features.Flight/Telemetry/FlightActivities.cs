using System.Diagnostics;

namespace Features.Flight.Telemetry;

/// <summary>The service's traces: an activity for each stream and for each load. Nothing is made while nobody listens.</summary>
internal static class FlightActivities
{
    private static readonly ActivitySource Source = new(FlightMeter.Name);

    /// <summary>A DoGet; null while nobody listens. The caller disposes it.</summary>
    public static Activity? StartStream(string subject) => Source.StartActivity("DoGet")?.SetTag("features.subject", subject);

    /// <summary>A load of a data set into memory; null while nobody listens. The caller disposes it.</summary>
    public static Activity? StartLoad(string dataset, string digest, long rows) =>
        Source.StartActivity("load")?.SetTag("features.dataset", dataset).SetTag("features.dataset.digest", digest).SetTag("features.rows", rows);
}
