using System.Text;
using System.Threading.RateLimiting;
using Features.Core.Governance;
using Features.Server.Workspaces;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Features.Server.Access;

/// <summary>Who calls the Flight service: found by the bearer token that each call carries, before anything of the call is read. Where nobody has to say who they are, the door stands open.</summary>
internal sealed class FlightDoor : IDisposable
{
    private const string Bearer = "Bearer ", Basic = "Basic ";
    private const int RecordsPerSecond = 20;
    private readonly BearerTokens? tokens;
    private readonly Workspace workspace;
    private readonly ILogger<FlightDoor> log;

    // Whoever floods the door must not fill the audit log; what is left out of it is counted in the next record.
    private readonly TokenBucketRateLimiter records = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = RecordsPerSecond, TokensPerPeriod = RecordsPerSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0,
    });

    private int unrecorded;

    public FlightDoor(Workspace workspace, ILogger<FlightDoor> log)
    {
        (this.workspace, this.log) = (workspace, log);
        tokens = workspace.Config.Flight.Auth is { } auth ? new BearerTokens(auth, workspace.Root, workspace.Clock) : null;
    }

    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        if (tokens is not null)
        {
            try
            {
                var token = TokenOf(context.Request.Headers.Authorization) ?? throw new TokenRefusedException("the call carries no token; send 'authorization: Bearer TOKEN'");
                context.User = await tokens.ProveAsync(token);
                context.Request.Headers.Authorization = Bearer + token;
            }
            catch (TokenRefusedException refusal)
            {
                await RefuseAsync(context, refusal);
                return;
            }
        }

        await next(context);
    }

    public void Dispose() => records.Dispose();

    // A token may come as the password of whatever user: clients that only know Basic trade it for a bearer token in the Handshake.
    private static string? TokenOf(string? authorization)
    {
        if (authorization?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true)
        {
            return authorization[Bearer.Length..].Trim();
        }

        if (authorization?.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        var bytes = new byte[authorization.Length];
        return Convert.TryFromBase64String(authorization[Basic.Length..].Trim(), bytes, out var length) && Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [_, var password] ? password : null;
    }

    private async Task RefuseAsync(HttpContext context, TokenRefusedException refusal)
    {
        if (refusal.IsTransient)
        {
            Log.KeysUnavailable(log, refusal.InnerException!);
        }

        await RecordAsync(context, refusal.Message);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers.WWWAuthenticate = "Bearer";
        response.Headers["grpc-status"] = ((int)(refusal.IsTransient ? StatusCode.Unavailable : StatusCode.Unauthenticated)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Uri.EscapeDataString(refusal.Message);
    }

    private async Task RecordAsync(HttpContext context, string reason)
    {
        using var may = records.AttemptAcquire();
        if (!may.IsAcquired)
        {
            Interlocked.Increment(ref unrecorded);
            return;
        }

        var others = Interlocked.Exchange(ref unrecorded, 0);
        var request = new ReadRequest("anonymous", "flight.authenticate", context.Request.Path, null, [], null) { Client = context.Connection.RemoteIpAddress?.ToString() };
        var said = others == 0 ? reason : $"{reason} (and {others} calls before it that were refused unrecorded)";
        await workspace.Audit.AppendAsync(new AuditRecord(workspace.Clock.GetUtcNow(), request, false, said, "flight.auth", "", null), context.RequestAborted);
    }
}
