using Features.Core;
using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.Iceberg;
using Features.Server.Online.Json;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Http;

namespace Features.Server.Online;

/// <summary>Errors as Feast's clients read them: <c>{"module","class","message"}</c>.</summary>
internal static class ErrorBody
{
    /// <summary>The refusal that an error means; null for a fault of the service itself.</summary>
    public static OnlineFault? Of(Exception exception) => exception switch
    {
        OnlineFault fault => fault,
        AccessDeniedException denied => OnlineFault.Denied(denied.Message),
        FeaturesException { IsTransient: true } or OnlineException { Code: "online-not-materialised" } => new OnlineFault(StatusCodes.Status503ServiceUnavailable, OnlineFault.General, exception.Message),
        FeaturesException error when Missing(error.Code) is { } kind => new OnlineFault(StatusCodes.Status404NotFound, kind, error.Message),
        OnlineException or PushException or MaterializationException => OnlineFault.Unfit(exception.Message),
        NotFoundException error => new OnlineFault(StatusCodes.Status404NotFound, "FeastObjectNotFoundException", error.Message),
        WorkspaceException error => Missing(error.Code) is { } kind ? new OnlineFault(StatusCodes.Status404NotFound, kind, error.Message) : OnlineFault.Unfit(error.Message),
        BadHttpRequestException error => new OnlineFault(error.StatusCode, OnlineFault.General, error.Message),
        _ => null,
    };

    /// <summary>The error as JSON; the caller disposes it.</summary>
    public static JsonBytes Write(OnlineFault fault, bool strictFeast)
    {
        var json = new JsonBytes(256 + (2 * fault.Message.Length));
        json.Raw("{\"module\":"u8);
        json.Text(OnlineFault.Module);
        json.Raw(",\"class\":"u8);
        json.Text(fault.Class);
        json.Raw(",\"message\":"u8);
        json.Text(fault.Message);
        json.Raw("}"u8);
        if (!strictFeast)
        {
            return json;
        }

        var text = new JsonBytes(2 * json.Length);
        text.Text(System.Text.Encoding.UTF8.GetString(json.Written.Span));
        json.Dispose();
        return text;
    }

    private static string? Missing(string code) => code switch
    {
        "view-missing" or "feature-missing" => "FeatureViewNotFoundException",
        "service-missing" => "FeatureServiceNotFoundException",
        "push-source-missing" => "PushSourceNotFoundException",
        "dataset-not-found" => "SavedDatasetNotFound",
        _ when code.EndsWith("-not-found", StringComparison.Ordinal) => "FeastObjectNotFoundException",
        _ => null,
    };
}
