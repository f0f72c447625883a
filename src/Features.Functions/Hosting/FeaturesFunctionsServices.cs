using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Functions.Triggers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Features.Functions.Hosting;

/// <summary>Adds the functions to a host.</summary>
public static class FeaturesFunctionsServices
{
    /// <summary>
    /// Adds the event door and the workers. The host must have registered <see cref="IngestPorts"/>; it may register <see cref="IngestOptions"/>, an <see cref="IIngestObserver"/>
    /// and a <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddFeaturesFunctions(this IServiceCollection services, FeaturesFunctionsOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new IngestOptions());
        services.TryAddSingleton<IInbox>(provider => provider.GetRequiredService<IngestPorts>().Inbox);
        services.TryAddSingleton(provider => provider.GetRequiredService<IngestPorts>().Pipelines);
        services.AddSingleton(options);
        services.AddSingleton(new Landing(options.Workspace));
        services.AddSingleton(provider => new Ingestor(provider.GetRequiredService<IngestPorts>(), provider.GetRequiredService<IngestOptions>(), provider.GetService<IIngestObserver>()));
        services.AddSingleton<InboxWorker>();
        services.AddSingleton<EventDoor>();
        services.AddHostedService<IngestWorker>();
        return services;
    }
}
