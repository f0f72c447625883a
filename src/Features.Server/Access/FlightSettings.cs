using System.Text;
using Features.Flight;
using Features.Flight.Serving.Put;
using Features.Server.Workspaces;

namespace Features.Server.Access;

/// <summary>What <c>flight</c> of features.yaml says, as the options of the service.</summary>
internal static class FlightSettings
{
    public static FlightOptions Of(Workspace workspace)
    {
        var flight = workspace.Config.Flight;
        return new FlightOptions
        {
            Audience = workspace.Name,
            MemoryBudgetBytes = (long)flight.CacheMb << 20,
            SpillFolder = flight.Spill is { } spill ? Path.GetFullPath(spill.Path, workspace.Root) : null,
            SpillBudgetBytes = (long)(flight.Spill ?? new FlightSpillConfig()).BudgetMb << 20,
            LoadParallelism = flight.LoadParallelism,
            MaxMessageBytes = flight.MaxMessageKb << 10,
            TicketLifetime = flight.Lifetime!.Value,
            TicketKeys = [.. (flight.TicketKeys ?? []).Select(key => new TicketKey(key.Id, Encoding.UTF8.GetBytes(key.Secret)))],
            Locations = [.. (flight.Locations ?? []).Select(location => new Uri(location))],
            TenantQuotaBytes = (flight.Tenants ?? []).Where(tenant => tenant.Value?.MemoryMb is not null).ToDictionary(tenant => tenant.Key, tenant => (long)tenant.Value.MemoryMb!.Value << 20),
            TenantStreams = (flight.Tenants ?? []).Where(tenant => tenant.Value?.MaxStreams is not null).ToDictionary(tenant => tenant.Key, tenant => tenant.Value.MaxStreams!.Value),
            MaxStreams = flight.MaxStreams,
            MaxStreamsPerSubject = flight.MaxStreamsPerSubject,
            MaxStreamsPerConnection = flight.MaxStreamsPerConnection,
            StallTimeout = flight.Stall ?? Timeout.InfiniteTimeSpan,
            Put = new PutOptions
            {
                MaxMessageBytes = flight.Put.MaxMessageMb << 20,
                MaxBytes = (long)flight.Put.MaxMb << 20,
                MaxConcurrent = flight.Put.MaxConcurrent,
                IdleTimeout = flight.Put.Idle!.Value,
            },
        };
    }
}
