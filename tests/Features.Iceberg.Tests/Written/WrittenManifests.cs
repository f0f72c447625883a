using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Avro.File;
using Avro.Generic;
using static Features.Iceberg.Written.WrittenTable;

namespace Features.Iceberg.Written;

/// <summary>The manifest list of a snapshot, its manifests and their data files.</summary>
internal static class WrittenManifests
{
    private const string Lists = "Manifest Lists", Manifests = "Manifests";

    /// <summary>Checks them and returns the paths of the live data files.</summary>
    public static IEnumerable<string> Check(JsonElement metadata, JsonElement snapshot)
    {
        using var list = DataFileReader<GenericRecord>.OpenReader(Text(snapshot, "manifest-list"));
        Rule(list.GetMetaString("format-version") == "2", Lists, "the header says the format version");
        Rule(list.GetMetaString("snapshot-id") == $"{Number(snapshot, "snapshot-id")}", Lists, "the header says the snapshot");
        Rule(FieldIds(list).Where(f => f.Name is not null).All(f => f.Id is >= 500 and < 600), Lists, "every field has its id, of 500 and more");
        var (live, records) = (new List<string>(), 0L);
        foreach (var manifest in list.NextEntries)
        {
            var path = (string)manifest["manifest_path"];
            Rule(new FileInfo(path).Length == (long)manifest["manifest_length"], Lists, "manifest_length is the file's");
            Rule((int)manifest["content"] == 0, Lists, "a table of appends has manifests of data alone");
            Rule((long)manifest["sequence_number"] <= Number(snapshot, "sequence-number") && (long)manifest["min_sequence_number"] <= (long)manifest["sequence_number"], "Sequence Numbers", "a manifest has its commit's number, and none of its files a higher one");
            var origin = Only(metadata.GetProperty("snapshots"), "snapshot-id", (long)manifest["added_snapshot_id"]);
            Rule(Number(origin, "sequence-number") == (long)manifest["sequence_number"], "Sequence Number Inheritance", "a manifest carried over keeps its number");
            foreach (var (file, rows) in CheckManifest(metadata, manifest, path))
            {
                live.Add(file);
                records += rows;
            }
        }

        Rule(live.Distinct().Count() == live.Count, "Snapshots", "no live file stands twice");
        var summary = snapshot.GetProperty("summary");
        Rule(Text(summary, "total-data-files") == $"{live.Count}" && Text(summary, "total-records") == $"{records}", "Optional Snapshot Summary Fields", "the totals are those of the manifests");
        return live;
    }

    private static IEnumerable<(string File, long Rows)> CheckManifest(JsonElement metadata, GenericRecord manifest, string path)
    {
        using var reader = DataFileReader<GenericRecord>.OpenReader(path);
        var spec = Only(metadata.GetProperty("partition-specs"), "spec-id", (int)manifest["partition_spec_id"]);
        var schema = Only(metadata.GetProperty("schemas"), "schema-id", long.Parse(reader.GetMetaString("schema-id"), CultureInfo.InvariantCulture));
        Rule(JsonNode.DeepEquals(JsonNode.Parse(reader.GetMetaString("schema")), JsonNode.Parse(schema.GetRawText())), Manifests, "the header's schema is the table's of that id");
        Rule(JsonNode.DeepEquals(JsonNode.Parse(reader.GetMetaString("partition-spec")), JsonNode.Parse(spec.GetProperty("fields").GetRawText())), Manifests, "the header's partition-spec is the fields of the table's");
        Rule(reader.GetMetaString("partition-spec-id") == $"{manifest["partition_spec_id"]}", Manifests, "the header says the spec's id");
        Rule((reader.GetMetaString("format-version"), reader.GetMetaString("content")) == ("2", "data"), Manifests, "the header says version and content");
        Rule(FieldIds(reader).All(f => f.Id is not null), Manifests, "every field, key, value and element has its id");

        var entries = reader.NextEntries.ToList();
        foreach (var (status, name) in new[] { (0, "existing"), (1, "added"), (2, "deleted") })
        {
            var ofStatus = entries.Where(e => (int)e["status"] == status).ToList();
            Rule((int)manifest[$"{name}_files_count"] == ofStatus.Count, Lists, $"{name}_files_count is the number of such entries");
            Rule((long)manifest[$"{name}_rows_count"] == ofStatus.Sum(e => (long)File(e)["record_count"]), Lists, $"{name}_rows_count is the sum of their rows");
        }

        CheckSummaries(spec, manifest, entries);
        foreach (var entry in entries)
        {
            Rule((int)entry["status"] == 1 && (long?)entry["snapshot_id"] == (long)manifest["added_snapshot_id"], Manifests, "an added entry has its snapshot's id");
            Rule(entry["sequence_number"] is null && entry["file_sequence_number"] is null, "Sequence Number Inheritance", "an added entry leaves its numbers to be inherited");
            yield return (WrittenDataFile.Check(metadata, schema, spec, File(entry)), (long)File(entry)["record_count"]);
        }
    }

    private static GenericRecord File(GenericRecord entry) => (GenericRecord)entry["data_file"];

    private static void CheckSummaries(JsonElement spec, GenericRecord manifest, List<GenericRecord> entries)
    {
        var summaries = (object[])manifest["partitions"];
        var fields = spec.GetProperty("fields").EnumerateArray().ToList();
        Rule(summaries.Length == fields.Count, Lists, "partitions has a summary for each field of the spec");
        for (var i = 0; i < fields.Count; i++)
        {
            var (summary, values) = ((GenericRecord)summaries[i], entries.Select(e => ((GenericRecord)File(e)["partition"]).GetValue(i)).ToList());
            Rule((bool)summary["contains_null"] == values.Any(v => v is null), Lists, "contains_null says whether a partition value is null");
            Rule((summary["lower_bound"] is null) == values.All(v => v is null or double.NaN or float.NaN), Lists, "there are bounds where there is a value");
            if (summary["lower_bound"] is byte[] lower && values.OfType<int>().ToList() is { Count: > 0 } numbers)
            {
                Rule((BitConverter.ToInt32(lower), BitConverter.ToInt32((byte[])summary["upper_bound"])) == (numbers.Min(), numbers.Max()), Lists, "bounds are the least and the greatest value");
            }
        }
    }

    /// <summary>Every field of a file's Avro schema, and the elements of its arrays but those that are maps by logical type, with their Iceberg ids.</summary>
    private static IEnumerable<(string? Name, int? Id)> FieldIds(IFileReader<GenericRecord> reader) => FieldIds(JsonNode.Parse(reader.GetMetaString("avro.schema"))!);

    private static IEnumerable<(string? Name, int? Id)> FieldIds(JsonNode? node) => node switch
    {
        JsonArray union => union.SelectMany(FieldIds),
        JsonObject type when type["fields"] is JsonArray fields => fields.SelectMany(f => FieldIds(f!["type"]).Prepend(((string?)f["name"], (int?)f["field-id"]))),
        JsonObject type when type["items"] is { } items => ((string?)type["logicalType"] == "map" ? [] : new (string?, int?)[] { ("element", (int?)type["element-id"]) }).Concat(FieldIds(items)),
        JsonObject type => FieldIds(type["type"]),
        _ => [],
    };
}
