using Features.Core.Online;

namespace Features.Server.Online.Json;

/// <summary>Writes the answer of <c>POST /get-online-features</c>: <c>results[i]</c> is column <c>i</c> of <c>metadata.feature_names</c>, over all rows.</summary>
internal static class GetAnswer
{
    // An event time that there is not is the least that the client's type has.
    private const long NoTime = 0;

    /// <summary>The answer as JSON; the caller disposes it.</summary>
    /// <param name="answer">The columns.</param>
    /// <param name="strictFeast">Timestamps among the values as whole seconds since 1970.</param>
    public static JsonBytes Write(OnlineAnswer answer, bool strictFeast)
    {
        var json = new JsonBytes(256 + (answer.Columns.Count * (96 + (answer.Rows * 56))));
        json.Raw("{\"metadata\":{\"feature_names\":["u8);
        for (var i = 0; i < answer.Columns.Count; i++)
        {
            Separate(json, i);
            json.Text(answer.Columns[i].Name);
        }

        json.Raw("]},\"results\":["u8);
        OnlineColumn? before = null;
        var (statuses, times, end) = (0, 0, 0);
        for (var i = 0; i < answer.Columns.Count; i++)
        {
            var column = answer.Columns[i];
            Separate(json, i);
            json.Raw("{\"values\":["u8);
            for (var row = 0; row < column.Values.Length; row++)
            {
                Separate(json, row);
                JsonFeature.Append(json, in column.Values[row], strictFeast);
            }

            // Features of one view mostly share their statuses and their rows' times.
            var sameStatuses = before is not null && before.Statuses.AsSpan().SequenceEqual(column.Statuses);
            var sameTimes = before is not null && before.EventMicros.AsSpan().SequenceEqual(column.EventMicros);
            var begin = json.Length;
            if (sameStatuses)
            {
                json.Repeat(statuses, times);
            }
            else
            {
                AppendStatuses(json, column.Statuses);
            }

            (statuses, begin) = (begin, json.Length);
            if (sameTimes)
            {
                json.Repeat(times, end);
            }
            else
            {
                AppendTimes(json, column.EventMicros);
            }

            (before, times, end) = (column, begin, json.Length);
        }

        json.Raw("]}"u8);
        return json;
    }

    private static void AppendStatuses(JsonBytes json, ReadOnlySpan<FeatureStatus> statuses)
    {
        json.Raw("],\"statuses\":["u8);
        for (var row = 0; row < statuses.Length; row++)
        {
            Separate(json, row);
            json.Raw(statuses[row] switch
            {
                FeatureStatus.Present => "\"PRESENT\""u8,
                FeatureStatus.NullValue => "\"NULL_VALUE\""u8,
                FeatureStatus.NotFound => "\"NOT_FOUND\""u8,
                FeatureStatus.OutsideMaxAge => "\"OUTSIDE_MAX_AGE\""u8,
                _ => "\"INVALID\""u8,
            });
        }
    }

    private static void AppendTimes(JsonBytes json, ReadOnlySpan<long> micros)
    {
        json.Raw("],\"event_timestamps\":["u8);
        var (from, until) = (0, 0);
        for (var row = 0; row < micros.Length; row++)
        {
            Separate(json, row);
            if (row > 0 && micros[row] == micros[row - 1])
            {
                var again = json.Length;
                json.Repeat(from, until);
                (from, until) = (again, json.Length);
                continue;
            }

            from = json.Length;
            JsonTime.Append(json, micros[row] == OnlineColumn.NoEvent ? NoTime : micros[row]);
            until = json.Length;
        }

        json.Raw("]}"u8);
    }

    private static void Separate(JsonBytes json, int index)
    {
        if (index > 0)
        {
            json.Raw(","u8);
        }
    }
}
