using Features.Core.Governance;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.Server.Online.Json;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Features.Server.Online;

/// <summary>The HTTP API: which request is what, who asks, and how errors are said.</summary>
internal sealed class OnlineDoor(Workspace workspace, ILogger<OnlineDoor> log)
{
    /// <summary>The doors, as the policy is asked about them.</summary>
    public const string Read = "online", Push = Pushes.Action, Write = ViewWrites.Action, Materialize = Materializer.Action;

    private const string JsonType = "application/json";
    private const string RetryAfterSeconds = "1";
    private readonly OnlineConfig config = workspace.Config.Online;
    private readonly WorkspaceOnline online = workspace.Online;
    private readonly OnlineWrites writes = new(workspace);
    private readonly long maxBodyBytes = (long)workspace.Config.Online.MaxBodyMb << 20;

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await (context.Request.Path.Value switch
            {
                "/get-online-features" => GetAsync(Allowing(context, HttpMethods.Post)),
                "/push" => PushAsync(Allowing(context, HttpMethods.Post)),
                "/write-to-online-store" => WriteAsync(Allowing(context, HttpMethods.Post)),
                "/materialize" or "/materialize-incremental" => MaterializeAsync(Allowing(context, HttpMethods.Post)),
                "/health" => HealthAsync(Allowing(context, HttpMethods.Get)),
                "/openapi.json" => DescribeAsync(Allowing(context, HttpMethods.Get)),
                _ => throw new OnlineFault(StatusCodes.Status404NotFound, OnlineFault.General, $"there is nothing at '{context.Request.Path}'; GET /openapi.json lists what there is"),
            });
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer.
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, exception);
        }
    }

    private async Task GetAsync(HttpContext context)
    {
        var reader = new Reader(online.Keys.PrincipalOf(context.Request.Headers), Read);
        OnlineRequest request;
        using (var body = await RequestBody.ReadAsync(context, maxBodyBytes))
        {
            request = GetRequest.Read(body.Bytes, config.MaxRows);
        }

        var answer = await online.Features.GetAsync(request, reader, context.RequestAborted);
        using var json = GetAnswer.Write(answer, config.StrictFeast);
        await SendAsync(context, StatusCodes.Status200OK, json);
        online.Answers?.Offer(request, answer);
    }

    private async Task PushAsync(HttpContext context)
    {
        var reader = new Reader(online.Keys.PrincipalOf(context.Request.Headers), Push);
        PushRequest request;
        using (var body = await RequestBody.ReadAsync(context, maxBodyBytes))
        {
            request = PushRequest.Read(body.Bytes, "push_source_name");
        }

        using var json = WriteAnswer.Of(await writes.PushAsync(request, reader, context.RequestAborted));
        await SendAsync(context, StatusCodes.Status200OK, json);
    }

    private async Task WriteAsync(HttpContext context)
    {
        var reader = new Reader(online.Keys.PrincipalOf(context.Request.Headers), Write);
        PushRequest request;
        using (var body = await RequestBody.ReadAsync(context, maxBodyBytes))
        {
            request = PushRequest.Read(body.Bytes, "feature_view_name");
        }

        using var json = WriteAnswer.Of(await writes.WriteAsync(request, reader, context.RequestAborted));
        await SendAsync(context, StatusCodes.Status200OK, json);
    }

    private async Task MaterializeAsync(HttpContext context)
    {
        var principal = online.Keys.PrincipalOf(context.Request.Headers);
        IReadOnlyList<string> views;
        using (var body = await RequestBody.ReadAsync(context, maxBodyBytes))
        {
            views = StepRequest.Read(body.Bytes);
        }

        // The tables are read on behalf of the workspace; whether the caller may have that done is asked here.
        await online.Gate.AdmitAsync(new ReadRequest(principal, Materialize, views.Count == 0 ? "*" : string.Join(", ", views), null, [], null), null, context.RequestAborted);
        using var json = WriteAnswer.Of(await workspace.MaterializeAsync(views, cancellationToken: context.RequestAborted));
        await SendAsync(context, StatusCodes.Status200OK, json);
    }

    private async Task HealthAsync(HttpContext context)
    {
        await workspace.Registry.LoadAsync(context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status200OK;
    }

    private static async Task DescribeAsync(HttpContext context)
    {
        context.Response.ContentType = JsonType;
        await context.Response.Body.WriteAsync(OpenApi.Document, context.RequestAborted);
    }

    private static HttpContext Allowing(HttpContext context, string method)
    {
        if (HttpMethods.Equals(context.Request.Method, method))
        {
            return context;
        }

        context.Response.Headers.Allow = method;
        throw new OnlineFault(StatusCodes.Status405MethodNotAllowed, OnlineFault.General, $"{context.Request.Path} takes {method}, not {context.Request.Method}");
    }

    private async Task RefuseAsync(HttpContext context, Exception exception)
    {
        var fault = ErrorBody.Of(exception);
        if (fault is null)
        {
            Log.RequestFailed(log, context.Request.Method, context.Request.Path, context.TraceIdentifier, exception);
            fault = new OnlineFault(StatusCodes.Status500InternalServerError, OnlineFault.General, $"the service could not answer; its log tells why under trace {context.TraceIdentifier}");
        }

        switch (fault.Status)
        {
            case StatusCodes.Status401Unauthorized:
                context.Response.Headers.WWWAuthenticate = "Bearer";
                break;
            case StatusCodes.Status503ServiceUnavailable:
                Log.RequestPostponed(log, context.Request.Method, context.Request.Path, fault.Message);
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                break;
        }

        using var json = ErrorBody.Write(fault, config.StrictFeast);
        await SendAsync(context, fault.Status, json);
    }

    private static async Task SendAsync(HttpContext context, int status, JsonBytes json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = JsonType;
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json.Written, context.RequestAborted);
    }
}
