using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Features.Iceberg.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>An Iceberg REST catalog for tests, written from the specification: real metadata, tokens that expire, pages, and faults by request.</summary>
internal sealed class RestServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly SemaphoreSlim oneAtATime = new(1, 1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> tokens = new();
    private int issued;

    public RestServer(string warehouse, IObjectStore storage)
    {
        Tables = new RestServerTables(warehouse, storage);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    public RestServerTables Tables { get; }

    public Uri Uri => new(app.Urls.First() + "/base");

    /// <summary>What <c>/v1/config</c> answers.</summary>
    public JsonObject Config { get; } = new() { ["defaults"] = new JsonObject(), ["overrides"] = new JsonObject() };

    /// <summary>The prefix of every path but the configuration's; empty for none.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>The client id and secret that tokens are given for; null lets everybody in.</summary>
    public (string Id, string Secret)? Credential { get; set; }

    /// <summary>How long tokens last.</summary>
    public int TokenSeconds { get; set; } = 3600;

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public ConcurrentQueue<RestFault> Faults { get; } = new();

    /// <summary>Every request: method, path and query, and its headers.</summary>
    public ConcurrentQueue<(string Line, IReadOnlyDictionary<string, string> Headers, string Body)> Requests { get; } = new();

    public int TokensIssued => issued;

    public Task StartAsync() => app.StartAsync();

    public void RevokeTokens() => tokens.Clear();

    public static JsonObject Error(int status, string type, string message) =>
        new() { ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["code"] = status } };

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        oneAtATime.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        // As it was sent: the separator of levels must not be lost in decoding.
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var (path, text) = target.IndexOf('?', StringComparison.Ordinal) is var mark and >= 0 ? (target[..mark], target[mark..]) : (target, "");
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue(($"{context.Request.Method} {target}", context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body));
        var fault = Faults.FirstOrDefault(f => f.Takes($"{context.Request.Method} {path}"));
        if (fault is { IsAfter: false })
        {
            await FailAsync(context, fault);
            return;
        }

        await oneAtATime.WaitAsync();
        try
        {
            var (status, answer) = await HandleAsync(context, path, QueryHelpers.ParseQuery(text).ToDictionary(q => q.Key, q => q.Value.ToString()), body);
            if (fault is not null)
            {
                await FailAsync(context, fault);
                return;
            }

            await WriteAsync(context, status, context.Request.Method == "HEAD" ? null : answer?.ToJsonString());
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    private async Task<(int Status, JsonNode? Body)> HandleAsync(HttpContext context, string path, Dictionary<string, string> query, string body)
    {
        if (path.EndsWith("/oauth/tokens", StringComparison.Ordinal))
        {
            return Issue(QueryHelpers.ParseQuery(body).ToDictionary(f => f.Key, f => f.Value.ToString()));
        }

        var bearer = context.Request.Headers.Authorization.ToString();
        if (Credential is not null && !(bearer.StartsWith("Bearer ", StringComparison.Ordinal) && tokens.TryGetValue(bearer["Bearer ".Length..], out var end) && end > Clock.GetUtcNow()))
        {
            return (401, Error(401, "NotAuthorizedException", "the token is not valid"));
        }

        if (path == "/base/v1/config")
        {
            return (200, Config.DeepClone());
        }

        var root = $"/base/v1/{Prefix}{(Prefix.Length > 0 ? "/" : "")}";
        return path.StartsWith(root, StringComparison.Ordinal)
            ? await Tables.HandleAsync(context.Request.Method, [.. path[root.Length..].Split('/').Select(Uri.UnescapeDataString)], query, body.Length == 0 ? null : JsonNode.Parse(body))
            : (404, null);
    }

    private (int Status, JsonNode? Body) Issue(Dictionary<string, string> form)
    {
        if (form.GetValueOrDefault("grant_type") != "client_credentials" || (form.GetValueOrDefault("client_id"), form.GetValueOrDefault("client_secret")) != Credential)
        {
            return (401, new JsonObject { ["error"] = "invalid_client", ["error_description"] = "who is that" });
        }

        var token = $"token-{Interlocked.Increment(ref issued)}";
        tokens[token] = Clock.GetUtcNow().AddSeconds(TokenSeconds);
        return (200, new JsonObject { ["access_token"] = token, ["token_type"] = "bearer", ["expires_in"] = TokenSeconds });
    }

    private static async Task FailAsync(HttpContext context, RestFault fault)
    {
        if (fault.Status == 0)
        {
            context.Abort();
            return;
        }

        if (fault.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = wait;
        }

        await WriteAsync(context, fault.Status, fault.Body ?? Error(fault.Status, "Fault", "as the test wants").ToJsonString());
    }

    private static async Task WriteAsync(HttpContext context, int status, string? body)
    {
        context.Response.StatusCode = status;
        if (body is not null && status != 204)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body);
        }
    }
}
