using System.Runtime.InteropServices;
using Grpc.Core;

namespace Features.Flight.Serving.DataPlane;

/// <summary>How many streams are open in all, and for each tenant, subject and connection; one too many is refused with what to do.</summary>
internal sealed class StreamLimits(FlightOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> tenants = [];
    private readonly Dictionary<string, int> subjects = [];
    private readonly Dictionary<string, int> connections = [];
    private int open;

    /// <summary>A place for one stream. The caller disposes it at the stream's end.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: a limit is reached.</exception>
    public Place Enter(string? tenant, string subject, string connection)
    {
        lock (gate)
        {
            if (open >= options.MaxStreams)
            {
                throw FlightErrors.Exhausted($"{open} streams are open, and the service is set to {options.MaxStreams} (MaxStreams); try another location, or again when one has ended");
            }

            if (tenant is not null && options.TenantStreams.TryGetValue(tenant, out var most) && tenants.GetValueOrDefault(tenant) >= most)
            {
                throw FlightErrors.Exhausted($"the tenant '{tenant}' has {most} streams open, and may have no more (TenantStreams); end one first, or run with fewer ranks");
            }

            if (subjects.GetValueOrDefault(subject) >= options.MaxStreamsPerSubject)
            {
                throw FlightErrors.Exhausted($"'{subject}' has {options.MaxStreamsPerSubject} streams open, and may have no more (MaxStreamsPerSubject); end one first, or run with fewer ranks");
            }

            if (connections.GetValueOrDefault(connection) >= options.MaxStreamsPerConnection)
            {
                throw FlightErrors.Exhausted($"this connection has {options.MaxStreamsPerConnection} streams open, and may have no more (MaxStreamsPerConnection); open another connection for the others");
            }

            Change(tenant, subject, connection, 1);
            return new Place(this, tenant, subject, connection);
        }
    }

    private static void Count(Dictionary<string, int> counts, string key, int change)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _);
        count += change;
        if (count == 0)
        {
            counts.Remove(key);
        }
    }

    private void Change(string? tenant, string subject, string connection, int change)
    {
        open += change;
        Count(subjects, subject, change);
        Count(connections, connection, change);
        if (tenant is not null)
        {
            Count(tenants, tenant, change);
        }
    }

    private void Leave(string? tenant, string subject, string connection)
    {
        lock (gate)
        {
            Change(tenant, subject, connection, -1);
        }
    }

    /// <summary>A stream's place.</summary>
    internal readonly struct Place(StreamLimits limits, string? tenant, string subject, string connection) : IDisposable
    {
        public void Dispose() => limits.Leave(tenant, subject, connection);
    }
}
