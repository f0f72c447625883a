using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Features.Server.Hosting;

/// <summary>Warnings on standard error, a line each, or nothing at all.</summary>
internal static class HostLogs
{
    public static void Configure(WebApplicationBuilder builder, bool logs)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(logs ? LogLevel.Warning : LogLevel.None);

        // That an application cannot start is thrown, in a sentence.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", logs ? LogLevel.Critical : LogLevel.None);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
