using System.Buffers;
using System.Text.Json;
using Features.Core.Materialization;
using Features.Core.Online;

namespace Features.Server.Online.Json;

/// <summary>The body of <c>POST /push</c> or <c>POST /write-to-online-store</c>.</summary>
/// <param name="Name">The push source, or the view.</param>
/// <param name="Columns">The rows.</param>
/// <param name="To">Where they go.</param>
/// <param name="PushId">Names the push, so that it can be sent again; null for none.</param>
internal sealed record PushRequest(string Name, IReadOnlyDictionary<string, IReadOnlyList<FeatureValue>> Columns, PushTo To, string? PushId)
{
    /// <param name="body">The body.</param>
    /// <param name="nameKey">The key that names the source or view.</param>
    /// <exception cref="OnlineFault">It is no such request.</exception>
    public static PushRequest Read(ReadOnlySequence<byte> body, string nameKey)
    {
        try
        {
            return Parse(body, nameKey);
        }
        catch (JsonException fault)
        {
            throw RequestObject.NoJson(fault);
        }
        catch (InvalidOperationException)
        {
            throw RequestObject.NoText();
        }
    }

    private static PushRequest Parse(ReadOnlySequence<byte> body, string nameKey)
    {
        var reader = RequestObject.Begin(body);
        string? name = null, pushId = null;
        var to = PushTo.Online;
        Dictionary<string, IReadOnlyList<FeatureValue>>? columns = null;
        while (RequestObject.NextKey(ref reader, out var key))
        {
            switch (key)
            {
                case "df": JsonColumns.Read(ref reader, columns = new(StringComparer.Ordinal), key, takesScalars: true); break;
                case "to": to = ToOf(RequestObject.Text(ref reader, key)); break;
                case "push_id": pushId = RequestObject.Text(ref reader, key); break;
                case var _ when key == nameKey: name = RequestObject.Text(ref reader, key); break;
                default: reader.Skip(); break;
            }
        }

        RequestObject.End(ref reader);
        return name is null ? throw OnlineFault.Unfit($"the request has no '{nameKey}'; name one")
            : columns is null ? throw OnlineFault.Unfit("the request has no 'df'; give the rows as columns, such as \"df\": {\"driver_id\": [1001], …}")
            : new PushRequest(name, columns, to, pushId);
    }

    // Feast's default is online.
    private static PushTo ToOf(string? text) => text switch
    {
        null or "online" => PushTo.Online,
        "offline" => PushTo.Offline,
        "online_and_offline" => PushTo.OnlineAndOffline,
        _ => throw OnlineFault.Unfit($"'to' is '{text}'; give online, offline or online_and_offline"),
    };
}
