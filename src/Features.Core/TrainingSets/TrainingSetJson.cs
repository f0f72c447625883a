using System.Globalization;
using System.Text.Json.Nodes;
using Features.Core.Definitions;
using Features.Core.TrainingSets.Statistics;
using Features.Core.Transformations;
using Features.Iceberg.Spec;

namespace Features.Core.TrainingSets;

/// <summary>
/// The manifest as JSON (<c>schemas/training-set</c>), kept in a property of the set's table by the same commit as its rows. That commit's snapshot id is not known
/// when the JSON is written, so it is found by the digest in the snapshot's summary. Snapshot ids are strings: JavaScript would round them.
/// </summary>
public static class TrainingSetJson
{
    internal const string Property = "features.training-set";
    internal const string SummaryKey = "features.training-set.digest";
    internal const string Broken = "training-set-broken";
    private const string Version = "1";

    /// <summary>The manifest as canonical JSON.</summary>
    public static string Write(TrainingSetManifest manifest)
    {
        var json = Stored(manifest);
        json["snapshot"] = Text(manifest.SnapshotId);
        return CanonicalJson.Write(json);
    }

    internal static string WriteStored(TrainingSetManifest manifest) => CanonicalJson.Write(Stored(manifest));

    /// <summary>True if the table is a training set's, whole or broken.</summary>
    internal static bool Holds(TableMetadata metadata) => metadata.Properties.ContainsKey(Property);

    /// <summary>The manifest of a training set's table; null if the table holds none.</summary>
    internal static TrainingSetManifest? Read(string table, TableMetadata metadata)
    {
        if (!metadata.Properties.TryGetValue(Property, out var text))
        {
            return null;
        }

        try
        {
            var json = JsonNode.Parse(text)!.AsObject();
            if (json["version"]!.GetValue<string>() != Version)
            {
                throw new TrainingSetException("training-set-version", $"the manifest of '{table}' is of version {json["version"]}; read it with a newer release");
            }

            var digest = json["digest"]!.GetValue<string>();
            var snapshot = metadata.Snapshots.FirstOrDefault(s => s.Summary.GetValueOrDefault(SummaryKey) == digest)
                ?? throw new TrainingSetException(Broken, $"the snapshot of training set '{table}' is gone (expired, or the table was changed by hand); create the set again with replace");
            return new TrainingSetManifest
            {
                Name = json["name"]!.GetValue<string>(),
                Table = table,
                SnapshotId = snapshot.SnapshotId,
                Rows = long.Parse(json["rows"]!.ToJsonString(), CultureInfo.InvariantCulture),
                Digest = digest,
                Sources = [.. json["sources"]!.AsArray().Select(s => new PinnedSource(s!["table"]!.GetValue<string>(), s["uuid"] is { } uuid ? Guid.Parse(uuid.GetValue<string>()) : null, long.Parse(s["snapshot"]!.GetValue<string>(), CultureInfo.InvariantCulture)) { Schema = s["schema"]?.GetValue<int>() })],
                Columns = [.. json["columns"]!.AsArray().Select(c => new TrainingColumn(c!["name"]!.GetValue<string>(), c["type"]!.GetValue<string>(), c["role"]!.GetValue<string>(), c["source"]?.GetValue<string>()))],
                Definitions = json["definitions"]!.AsObject().ToDictionary(d => d.Key, d => d.Value!.GetValue<string>()),
                CreatedAt = Moment(json["created_at"]!),
                Declared = json["declared"] is { } declared ? (TrainingSet)DefinitionReader.ReadJson(declared.ToJsonString(), $"the manifest of {table}") : null,
                AsOf = json["as_of"] is { } asOf ? Moment(asOf) : null,
                LeftOut = json["left_out"]?.GetValue<long>() ?? 0,
                Policy = [.. List(json["policy"]).Select(p => new PolicyOutcome(p["table"]!.GetValue<string>(), p["policy"]!.GetValue<string>(), p["outcome"]!.GetValue<string>()))],
                Boundaries = [.. List(json["boundaries"]).Select(Moment)],
                Transformations = [.. List(json["transformations"]).Select(t => TransformationJson.Read(t.AsObject()))],
                Statistics = json["statistics"] is { } statistics ? StatisticsJson.Read(statistics) : null,
            };
        }
        catch (Exception fault) when (fault is System.Text.Json.JsonException or NullReferenceException or InvalidOperationException or FormatException or InvalidCastException or DefinitionsException)
        {
            throw new TrainingSetException(Broken, $"the property '{Property}' of '{table}' is no manifest ({fault.Message}); create the set again with replace");
        }
    }

    private static JsonObject Stored(TrainingSetManifest manifest) => new()
    {
        ["version"] = Version,
        ["name"] = manifest.Name,
        ["table"] = manifest.Table,
        ["rows"] = manifest.Rows,
        ["digest"] = manifest.Digest,
        ["sources"] = new JsonArray([.. manifest.Sources.Select(s => new JsonObject { ["table"] = s.Table, ["uuid"] = s.Uuid?.ToString(), ["snapshot"] = Text(s.Snapshot), ["schema"] = s.Schema })]),
        ["columns"] = new JsonArray([.. manifest.Columns.Select(c => new JsonObject { ["name"] = c.Name, ["type"] = c.Type, ["role"] = c.Role, ["source"] = c.Source })]),
        ["definitions"] = new JsonObject(manifest.Definitions.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value))),
        ["created_at"] = Text(manifest.CreatedAt),
        ["declared"] = manifest.Declared is { } declared ? JsonNode.Parse(CanonicalJson.Of(declared)) : null,
        ["as_of"] = manifest.AsOf is { } asOf ? Text(asOf) : null,
        ["left_out"] = manifest.LeftOut,
        ["policy"] = new JsonArray([.. manifest.Policy.Select(p => new JsonObject { ["table"] = p.Table, ["policy"] = p.PolicyId, ["outcome"] = p.Outcome })]),
        ["boundaries"] = new JsonArray([.. manifest.Boundaries.Select(b => JsonValue.Create(Text(b)))]),
        ["transformations"] = new JsonArray([.. manifest.Transformations.Select(TransformationJson.Write)]),
        ["statistics"] = manifest.Statistics is { } statistics ? StatisticsJson.Write(statistics) : null,
    };

    private static IEnumerable<JsonNode> List(JsonNode? json) => json is JsonArray array ? array.Select(n => n!) : [];

    private static DateTimeOffset Moment(JsonNode json) => DateTimeOffset.Parse(json.GetValue<string>(), CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}
