using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Features.Core.Online;

namespace Features.Core.Skew;

/// <summary>A logged answer as one line of JSON. Lines of another version than this one's are read by nobody: the log is a sample that lives for days.</summary>
internal static class LoggedAnswerJson
{
    private const int Version = 1;

    // A status a row is most of a line where it is a word.
    private const string StatusLetters = "PNFO";

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The line, with its end.</summary>
    public static ReadOnlyMemory<byte> Write(LoggedAnswer answer)
    {
        var line = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(line, Relaxed))
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, Version);
            json.WriteNumber("at"u8, answer.AtMicros);
            json.WriteNumber("answered"u8, answer.AnsweredMicros);
            json.WriteString("service"u8, answer.Service);
            json.WriteBoolean("full_names"u8, answer.FullNames);
            json.WriteNumber("rows"u8, answer.Rows);
            Array(json, "views", answer.Views, View);
            json.WriteStartObject("entities"u8);
            foreach (var (name, values) in answer.Entities)
            {
                Array(json, name, values, LoggedValueJson.Write);
            }

            json.WriteEndObject();
            Array(json, "features", answer.Features, Feature);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenMemory;
    }

    /// <summary>Reads a line without its end; null if it is not one of this version.</summary>
    public static LoggedAnswer? TryRead(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var json = document.RootElement;
            return json.GetProperty("version"u8).GetInt32() == Version && Read(json) is var answer && IsWhole(answer) ? answer : null;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static LoggedAnswer Read(JsonElement json) => new(
        json.GetProperty("at"u8).GetInt64(),
        json.GetProperty("answered"u8).GetInt64(),
        json.GetProperty("service"u8).GetString(),
        json.GetProperty("full_names"u8).GetBoolean(),
        json.GetProperty("rows"u8).GetInt32(),
        [.. json.GetProperty("views"u8).EnumerateArray().Select(View)],
        json.GetProperty("entities"u8).EnumerateObject().ToDictionary(e => e.Name, e => Values(e.Value)),
        [.. json.GetProperty("features"u8).EnumerateArray().Select(Feature)]);

    private static bool IsWhole(LoggedAnswer answer) => answer.Entities.Values.All(v => v.Length == answer.Rows)
        && answer.Features.All(f => f.Values.Length == answer.Rows && f.Statuses.Length == answer.Rows && f.EventMicros.Length == answer.Rows);

    private static void Array<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            write(json, item);
        }

        json.WriteEndArray();
    }

    private static void Feature(Utf8JsonWriter json, LoggedFeature feature)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, feature.Name);
        json.WriteString("reference"u8, feature.Reference);
        Array(json, "values", feature.Values, LoggedValueJson.Write);
        json.WriteString("statuses"u8, string.Concat(feature.Statuses.Select(s => StatusLetters[(int)s])));
        Array(json, "events", feature.EventMicros, static (j, e) =>
        {
            if (e == OnlineColumn.NoEvent)
            {
                j.WriteNullValue();
            }
            else
            {
                j.WriteNumberValue(e);
            }
        });
        json.WriteEndObject();
    }

    private static LoggedFeature Feature(JsonElement json) => new(
        json.GetProperty("name"u8).GetString()!,
        json.GetProperty("reference"u8).GetString()!,
        Values(json.GetProperty("values"u8)),
        [.. json.GetProperty("statuses"u8).GetString()!.Select(Status)],
        [.. json.GetProperty("events"u8).EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Null ? OnlineColumn.NoEvent : e.GetInt64())]);

    private static FeatureStatus Status(char letter) => StatusLetters.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var index
        ? (FeatureStatus)index
        : throw new FormatException($"'{letter}' is no status");

    private static FeatureValue[] Values(JsonElement json) => [.. json.EnumerateArray().Select(LoggedValueJson.Read)];

    private static void View(Utf8JsonWriter json, LoggedView view)
    {
        json.WriteStartObject();
        json.WriteString("view"u8, view.View);
        json.WriteString("definition"u8, view.DefinitionHash);
        json.WriteNumber("frontier"u8, view.Frontier);
        Array(json, "sources", view.Sources, Source);
        Sequences(json, "pushed", view.Pushed);
        json.WriteBoolean("online_only_rows"u8, view.HasOnlineOnlyRows);
        json.WriteEndObject();
    }

    private static LoggedView View(JsonElement json) => new(
        json.GetProperty("view"u8).GetString()!,
        json.GetProperty("definition"u8).GetString()!,
        json.GetProperty("frontier"u8).GetInt64(),
        [.. json.GetProperty("sources"u8).EnumerateArray().Select(Source)],
        Sequences(json.GetProperty("pushed"u8)),
        json.GetProperty("online_only_rows"u8).GetBoolean());

    private static void Source(Utf8JsonWriter json, OnlineSource source)
    {
        json.WriteStartObject();
        json.WriteString("table"u8, source.Table);
        json.WriteString("uuid"u8, source.Uuid?.ToString());
        json.WriteString("snapshot"u8, source.SnapshotId?.ToString(CultureInfo.InvariantCulture));
        Sequences(json, "pushed_through", source.PushedThrough);
        json.WriteEndObject();
    }

    private static OnlineSource Source(JsonElement json) => new(
        json.GetProperty("table"u8).GetString()!,
        json.GetProperty("uuid"u8).GetString() is { } uuid ? Guid.Parse(uuid) : null,
        json.GetProperty("snapshot"u8).GetString() is { } snapshot ? long.Parse(snapshot, CultureInfo.InvariantCulture) : null,
        Sequences(json.GetProperty("pushed_through"u8)));

    private static void Sequences(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> sequences)
    {
        json.WriteStartObject(name);
        foreach (var (source, sequence) in sequences)
        {
            json.WriteNumber(source, sequence);
        }

        json.WriteEndObject();
    }

    private static Dictionary<string, long> Sequences(JsonElement json) => json.EnumerateObject().ToDictionary(s => s.Name, s => s.Value.GetInt64());
}
