namespace Features.Server.Workspaces;

/// <summary>What the keys of <c>telemetry</c> may say.</summary>
internal static class TelemetryKeys
{
    public static readonly string[] Protocols = ["grpc", "http"];

    /// <summary>Everything that is wrong with them, each naming the key.</summary>
    public static IEnumerable<string> Faults(TelemetryConfig telemetry)
    {
        if (telemetry.Prometheus is { } page && !page.StartsWith("http://", StringComparison.Ordinal))
        {
            yield return $"telemetry.prometheus is '{page}': give an address such as http://127.0.0.1:9464";
        }

        if (telemetry.Otlp is not { } otlp)
        {
            yield break;
        }

        if (!Uri.TryCreate(otlp.Endpoint, UriKind.Absolute, out var endpoint) || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps))
        {
            yield return $"telemetry.otlp.endpoint is '{otlp.Endpoint}': give the collector's address, such as http://127.0.0.1:4317";
        }

        if (!Protocols.Contains(otlp.Protocol))
        {
            yield return $"telemetry.otlp.protocol is '{otlp.Protocol}': give {string.Join(" or ", Protocols)}";
        }

        // The exporter takes all headers as one text, parted by commas. A value may be a secret, and is no part of the message.
        foreach (var (name, _) in (otlp.Headers ?? []).Where(h => h.Key.Length == 0 || h.Key.Contains(',') || h.Key.Contains('=') || h.Value is null or "" || h.Value.Contains(',')))
        {
            yield return $"telemetry.otlp.headers: '{name}' cannot be sent: give a name and a value, neither with a comma";
        }

        if (otlp.Every is not { } every || every < TimeSpan.FromSeconds(1) || every > TimeSpan.FromDays(1))
        {
            yield return $"telemetry.otlp.interval is '{otlp.Interval}': give a whole number and a unit from 1s to 1d, such as 1m";
        }
    }
}
