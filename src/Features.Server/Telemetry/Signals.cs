using System.Reflection;
using Features.Server.Workspaces;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Features.Server.Telemetry;

/// <summary>What of this process is measured and traced, and how it is sent.</summary>
internal static class Signals
{
    private const string Service = "features";

    // The product's own, then those of ASP.NET and of the runtime.
    private static readonly string[] Meters = ["Features.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];
    private static readonly string[] Sources = ["Features.*"];

    /// <summary>The metrics; the caller disposes them.</summary>
    public static MeterProvider Metrics(string workspace, OtlpConfig? otlp, bool page)
    {
        var builder = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(Resource(workspace)).AddMeter(Meters);
        if (otlp is not null)
        {
            builder.AddOtlpExporter((exporter, reader) =>
            {
                Send(exporter, otlp, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)otlp.Every!.Value.TotalMilliseconds;
            });
        }

        return (page ? builder.AddPrometheusExporter() : builder).Build();
    }

    /// <summary>The traces; the caller disposes them.</summary>
    public static TracerProvider Traces(string workspace, OtlpConfig otlp) => Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(Resource(workspace))
        .AddSource(Sources)
        .AddAspNetCoreInstrumentation()
        .AddOtlpExporter(exporter => Send(exporter, otlp, "traces"))
        .Build();

    private static ResourceBuilder Resource(string workspace) =>
        ResourceBuilder.CreateDefault().AddService(Service, serviceNamespace: workspace, serviceVersion: typeof(Signals).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);

    private static void Send(OtlpExporterOptions exporter, OtlpConfig otlp, string signal)
    {
        var isHttp = otlp.Protocol == "http";
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = new Uri(isHttp ? $"{otlp.Endpoint.TrimEnd('/')}/v1/{signal}" : otlp.Endpoint);
        if (otlp.Headers is { Count: > 0 } headers)
        {
            exporter.Headers = string.Join(',', headers.Select(h => $"{h.Key}={Uri.EscapeDataString(h.Value)}"));
        }
    }
}
