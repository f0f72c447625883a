using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Features.Flight.Serving;

/// <summary>Who calls, and from where.</summary>
internal sealed record Caller(string Subject, string? Client)
{
    /// <summary>The one principal there is where nobody is authenticated.</summary>
    public const string Local = "local";

    public static Caller Of(ServerCallContext context) => Of(context.GetHttpContext());

    public static Caller Of(HttpContext context) =>
        new(context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name : Local, context.Connection.RemoteIpAddress?.ToString());
}
