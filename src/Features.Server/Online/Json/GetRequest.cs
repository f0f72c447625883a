using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Features.Core.Online;

namespace Features.Server.Online.Json;

/// <summary>Reads the body of <c>POST /get-online-features</c>. Keys that are not known are left alone, for Feast's clients add some with every version.</summary>
internal static class GetRequest
{
    /// <exception cref="OnlineFault">It is no such request; the message says what is wrong with it.</exception>
    public static OnlineRequest Read(ReadOnlySequence<byte> body, int maxRows)
    {
        try
        {
            return Parse(body, maxRows);
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

    private static OnlineRequest Parse(ReadOnlySequence<byte> body, int maxRows)
    {
        var reader = RequestObject.Begin(body);
        var entities = new Dictionary<string, IReadOnlyList<FeatureValue>>(StringComparer.Ordinal);
        var (hasEntities, fullNames) = (false, false);
        IReadOnlyList<string> features = [];
        string? service = null, set = null;
        DateTimeOffset? at = null;
        List<string>? unknown = null;
        while (RequestObject.NextKey(ref reader, out var key))
        {
            switch (key)
            {
                case "features": features = RequestObject.Texts(ref reader, key); break;
                case "feature_service": service = RequestObject.Text(ref reader, key); break;
                case "entities": (hasEntities, _) = (true, ReadColumns(ref reader, entities, key)); break;
                case "request_context": ReadColumns(ref reader, entities, key); break;
                case "full_feature_names": fullNames = RequestObject.Flag(ref reader, key); break;
                case "training_set": set = RequestObject.Text(ref reader, key); break;
                case "at": at = RequestObject.Time(ref reader, key); break;
                default:
                    (unknown ??= []).Add(key);
                    reader.Skip();
                    break;
            }
        }

        RequestObject.End(ref reader);
        if (!hasEntities)
        {
            throw OnlineFault.Unfit($"the request has no 'entities'{Unknown(unknown)}; give the keys as columns, such as \"entities\": {{\"driver_id\": [1001, 1002]}}");
        }

        if (service is null == (features.Count == 0))
        {
            throw OnlineFault.Unfit(service is null
                ? $"the request names no features{Unknown(unknown)}; give \"features\": [\"view:feature\", …] or \"feature_service\": NAME"
                : "the request names both 'features' and 'feature_service'; give one of them");
        }

        JsonColumns.CheckLengths(entities, "entities");
        var rows = entities.Count == 0 ? 0 : entities.First().Value.Count;
        return rows <= maxRows
            ? new OnlineRequest { Features = features, Service = service, Entities = entities, FullNames = fullNames, TrainingSet = set, At = at }
            : throw OnlineFault.TooLarge($"the request asks for {rows.ToString(CultureInfo.InvariantCulture)} rows, and {maxRows.ToString(CultureInfo.InvariantCulture)} is the most; ask in parts, or raise online.max_rows");
    }

    private static bool ReadColumns(ref Utf8JsonReader reader, Dictionary<string, IReadOnlyList<FeatureValue>> columns, string key)
    {
        if (reader.TokenType != JsonTokenType.Null)
        {
            JsonColumns.Read(ref reader, columns, key);
        }

        return true;
    }

    // A key that was left alone may be a slip of the one that is missing.
    private static string Unknown(List<string>? keys) => keys is null ? "" : $" (it has {string.Join(", ", keys.Select(k => $"'{k}'"))}, which it does not know)";
}
