namespace Features.Server.Online;

/// <summary>A request that is refused. The class is the one that Feast's clients have for it, so that they raise their own error.</summary>
internal sealed class OnlineFault(int status, string @class, string message) : Exception(message)
{
    public const string Module = "feast.errors";
    public const string General = "FeastError";

    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The error's class, in <see cref="Module"/>.</summary>
    public string Class { get; } = @class;

    public static OnlineFault Malformed(string message) => new(400, General, message);

    public static OnlineFault Unfit(string message) => new(422, General, message);

    public static OnlineFault TooLarge(string message) => new(413, General, message);

    public static OnlineFault NoKey() => new(401, "FeastPermissionError", "the request carries no API key; send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY' (keys stand in features.yaml under online.api_keys)");

    public static OnlineFault WrongKey() => new(401, "FeastPermissionError", "the API key is not known here; ask who runs the service for one, or check which key is sent");

    public static OnlineFault Denied(string message) => new(403, "FeastPermissionError", message);
}
