using Features.Flight.Cache;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Features.Flight.Serving;

/// <summary>Who calls, and from where.</summary>
internal sealed record Caller(string Subject, string? Client)
{
    /// <summary>The one principal there is where nobody is authenticated.</summary>
    public const string Local = "local";

    /// <summary>The caller's tenant; null if it has none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The caller's roles.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    public static Caller Of(ServerCallContext context) => Of(context.GetHttpContext());

    public static Caller Of(HttpContext context)
    {
        var (user, client) = (context.User, context.Connection.RemoteIpAddress?.ToString());
        return user.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name }
            ? new Caller(name, client) { Tenant = user.FindFirst(FlightClaimTypes.Tenant)?.Value, Roles = [.. user.FindAll(FlightClaimTypes.Role).Select(claim => claim.Value)] }
            : new Caller(Local, client);
    }

    /// <summary>The caller's question to the policy.</summary>
    public FlightAccess Asks(FlightPurpose purpose, string dataset, IReadOnlyList<string> columns) =>
        new(purpose, Subject, dataset, columns) { Tenant = Tenant, Roles = Roles, Client = Client };

    /// <summary>The tenant that is charged for what the caller has loaded: its own; without one, the one that all share who have none.</summary>
    public FlightTenant ChargedTo(FlightOptions options) =>
        Tenant is null ? FlightTenant.Local : new FlightTenant(Tenant, options.TenantQuotaBytes.TryGetValue(Tenant, out var quota) ? quota : null);
}
