using System.Diagnostics.Metrics;
using Features.Flight.Cache;
using Features.Flight.Serving;
using Features.Flight.Serving.Actions;
using Features.Flight.Serving.DataPlane;
using Features.Flight.Serving.Put;
using Features.Flight.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Features.Flight;

/// <summary>The data service in an ASP.NET application. Its Kestrel endpoint must speak HTTP/2, in clear text or with TLS.</summary>
public static class FlightRegistration
{
    /// <summary>
    /// Adds the service and its cache. The application registers an <see cref="IDatasetSource"/> and an <see cref="IFlightAccess"/>, for there
    /// is no default policy; and a <see cref="TimeProvider"/> if it wants another than the system's.
    /// </summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of range.</exception>
    public static IServiceCollection AddFeaturesFlight(this IServiceCollection services, FlightOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        services.AddGrpc().AddServiceOptions<DatasetFlightService>(service =>
        {
            // gRPC has one limit for all methods, which is DoPut's; FaultInterceptor holds the others to Descriptors.MaxBytes.
            service.MaxReceiveMessageSize = options.Put.MaxMessageBytes;
            service.MaxSendMessageSize = null;
            service.Interceptors.Add<FaultInterceptor>();
        });
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new DatasetCache(
            provider.GetRequiredService<IDatasetSource>(), options, provider.GetRequiredService<TimeProvider>(), allocator: null, provider.GetRequiredService<FlightMeter>()));
        services.AddSingleton(options);
        services.TryAddSingleton(provider => new FlightMeter(provider.GetService<IMeterFactory>()));
        services.AddSingleton(provider => new ActiveStreams(provider.GetRequiredService<FlightMeter>(), provider.GetRequiredService<TimeProvider>(), options.StallTimeout));
        services.AddSingleton<StreamLimits>();
        services.AddSingleton<DoGetEndpoint>();
        services.AddSingleton<TicketAuthority>();
        services.AddSingleton<AccessDesk>();
        services.AddSingleton<FollowedReads>();
        services.AddSingleton<ReadPlanner>();
        services.AddSingleton<TicketUses>();
        services.AddSingleton<TicketDesk>();
        services.AddSingleton<FlightInfos>();
        services.AddSingleton<LoadPolls>();
        services.AddSingleton<IFlightAction, CancelAction>();
        services.AddSingleton<IFlightAction, RenewAction>();
        services.AddSingleton<IFlightAction, WarmAction>();
        services.AddSingleton<IFlightAction, PinAction>();
        services.AddSingleton<IFlightAction, UnpinAction>();
        services.AddSingleton<IFlightAction, OfferAction>();
        services.AddSingleton<IFlightAction, EvictAction>();
        services.AddSingleton<IFlightAction, ListAction>();
        services.AddSingleton<IFlightAction, StreamsAction>();
        services.AddSingleton<IFlightAction, HealthAction>();
        services.AddSingleton<FlightActions>();
        services.AddSingleton<PutDoor>();
        return services;
    }

    /// <summary>Maps the service. What is required of the endpoints that are returned (authorization, a host) holds for every method.</summary>
    /// <exception cref="InvalidOperationException">A port that the application must register is missing.</exception>
    public static IEndpointConventionBuilder MapFeaturesFlight(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var known = endpoints.ServiceProvider.GetRequiredService<IServiceProviderIsService>();
        foreach (var port in new[] { typeof(IDatasetSource), typeof(IFlightAccess), typeof(FlightOptions) })
        {
            if (!known.IsService(port))
            {
                throw new InvalidOperationException($"the Flight service needs an {port.Name}; register one, and call AddFeaturesFlight, before MapFeaturesFlight");
            }
        }

        // One of the two has to come first where both match: the data plane.
        var methods = endpoints.MapGroup("");
        methods.MapPost(DoGetEndpoint.Path, endpoints.ServiceProvider.GetRequiredService<DoGetEndpoint>().ServeAsync)
            .WithOrder(-1).WithDisplayName("gRPC - DoGet");
        methods.MapGrpcService<DatasetFlightService>();
        return methods;
    }
}
