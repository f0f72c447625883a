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

    /// <summary>Checks them and returns the live files, those of deletes too.</summary>
    /// <param name="metadata">The table.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="before">The live files of its parent; null if that is gone.</param>
    /// <param name="opensFiles">False if the data files themselves do not exist.</param>
    public static IReadOnlyDictionary<string, WrittenEntry> Check(JsonElement metadata, JsonElement snapshot, IReadOnlyDictionary<string, WrittenEntry>? before, bool opensFiles = true)
    {
        using var list = DataFileReader<GenericRecord>.OpenReader(Text(snapshot, "manifest-list"));
        Rule(list.GetMetaString("format-version") == "2", Lists, "the header says the format version");
        Rule(list.GetMetaString("snapshot-id") == $"{Number(snapshot, "snapshot-id")}", Lists, "the header says the snapshot");
        Rule(FieldIds(list).Where(f => f.Name is not null).All(f => f.Id is >= 500 and < 600), Lists, "every field has its id, of 500 and more");
        var entries = new List<WrittenEntry>();
        foreach (var manifest in list.NextEntries)
        {
            var path = (string)manifest["manifest_path"];
            Rule(new FileInfo(path).Length == (long)manifest["manifest_length"], Lists, "manifest_length is the file's");
            Rule((long)manifest["sequence_number"] <= Number(snapshot, "sequence-number") && (long)manifest["min_sequence_number"] <= (long)manifest["sequence_number"], "Sequence Numbers", "a manifest has its commit's number, and none of its files a higher one");
            var origin = metadata.GetProperty("snapshots").EnumerateArray().FirstOrDefault(s => Number(s, "snapshot-id") == (long)manifest["added_snapshot_id"]);
            Rule(origin.ValueKind == JsonValueKind.Undefined || Number(origin, "sequence-number") == (long)manifest["sequence_number"], "Sequence Number Inheritance", "a manifest carried over keeps its number");
            var ofManifest = CheckManifest(metadata, manifest, path, opensFiles).ToList();
            Rule(ofManifest.Any(e => e.Status != 2) || (long)manifest["added_snapshot_id"] == Number(snapshot, "snapshot-id"), Lists, "a manifest without live files is not carried over");
            entries.AddRange(ofManifest);
        }

        var live = entries.Where(e => e.Status != 2).ToList();
        Rule(live.Select(e => e.Path).Distinct().Count() == live.Count, "Snapshots", "no live file stands twice");
        var ours = entries.Where(e => e.SnapshotId == Number(snapshot, "snapshot-id")).ToList();
        CheckSuccession(before, live, ours);
        WrittenSummary.Check(snapshot.GetProperty("summary"), live, [.. ours.Where(e => e.Status == 1)], [.. ours.Where(e => e.Status == 2)]);
        return live.ToDictionary(e => e.Path);
    }

    private static void CheckSuccession(IReadOnlyDictionary<string, WrittenEntry>? before, List<WrittenEntry> live, List<WrittenEntry> ours)
    {
        if (before is null)
        {
            return;
        }

        var (added, gone) = (ours.Where(e => e.Status == 1).Select(e => e.Path).ToHashSet(), ours.Where(e => e.Status == 2).Select(e => e.Path).ToHashSet());
        Rule(gone.All(before.ContainsKey), Manifests, "a deleted entry names a file that was live before");
        Rule(live.Select(e => e.Path).ToHashSet().SetEquals(before.Keys.Except(gone).Concat(added)), Manifests, "a snapshot's files are its parent's, those added, and not those deleted");
        Rule(
            live.Where(e => before.ContainsKey(e.Path) && !added.Contains(e.Path)).All(e => before[e.Path] is var then && (then.SequenceNumber, then.FileSequenceNumber, then.SnapshotId) == (e.SequenceNumber, e.FileSequenceNumber, e.SnapshotId)),
            "Sequence Number Inheritance",
            "a file that is carried over keeps its numbers and its snapshot");
    }

    private static IEnumerable<WrittenEntry> CheckManifest(JsonElement metadata, GenericRecord manifest, string path, bool opensFiles)
    {
        using var reader = DataFileReader<GenericRecord>.OpenReader(path);
        var spec = Only(metadata.GetProperty("partition-specs"), "spec-id", (int)manifest["partition_spec_id"]);
        var schema = Only(metadata.GetProperty("schemas"), "schema-id", long.Parse(reader.GetMetaString("schema-id"), CultureInfo.InvariantCulture));
        Rule(JsonNode.DeepEquals(JsonNode.Parse(reader.GetMetaString("schema")), JsonNode.Parse(schema.GetRawText())), Manifests, "the header's schema is the table's of that id");
        Rule(JsonNode.DeepEquals(JsonNode.Parse(reader.GetMetaString("partition-spec")), JsonNode.Parse(spec.GetProperty("fields").GetRawText())), Manifests, "the header's partition-spec is the fields of the table's");
        Rule(reader.GetMetaString("partition-spec-id") == $"{manifest["partition_spec_id"]}", Manifests, "the header says the spec's id");
        var isDeletes = (int)manifest["content"] == 1;
        Rule((reader.GetMetaString("format-version"), reader.GetMetaString("content")) == ("2", isDeletes ? "deletes" : "data"), Manifests, "the header says version and content");
        Rule(FieldIds(reader).All(f => f.Id is not null), Manifests, "every field, key, value and element has its id");

        var entries = reader.NextEntries.ToList();
        foreach (var (status, name) in new[] { (0, "existing"), (1, "added"), (2, "deleted") })
        {
            var ofStatus = entries.Where(e => (int)e["status"] == status).ToList();
            Rule((int)manifest[$"{name}_files_count"] == ofStatus.Count, Lists, $"{name}_files_count is the number of such entries");
            Rule((long)manifest[$"{name}_rows_count"] == ofStatus.Sum(e => (long)File(e)["record_count"]), Lists, $"{name}_rows_count is the sum of their rows");
        }

        CheckSummaries(spec, manifest, entries);
        var own = (long)manifest["sequence_number"];
        var lowest = entries.Where(e => (int)e["status"] != 2).Select(e => (long?)e["sequence_number"] ?? own).DefaultIfEmpty(own).Min();
        Rule((long)manifest["min_sequence_number"] == lowest, Lists, "min_sequence_number is the lowest of the live files");
        foreach (var entry in entries)
        {
            var (file, status) = (File(entry), (int)entry["status"]);
            Rule(((int)file["content"] == 0) != isDeletes, Manifests, "a manifest holds data files or delete files");
            Rule(status == 0 || (long?)entry["snapshot_id"] == (long)manifest["added_snapshot_id"], Manifests, "an added or deleted entry has its snapshot's id");
            Rule(status == 1 ? entry["file_sequence_number"] is null : entry["sequence_number"] is not null && entry["file_sequence_number"] is not null, "Sequence Number Inheritance", "an added entry leaves its file's number to be inherited, and no other does");
            if (opensFiles)
            {
                WrittenDataFile.Check(metadata, schema, spec, file);
            }

            yield return new WrittenEntry(
                (string)file["file_path"], (int)file["content"], status, (long)entry["snapshot_id"], (long?)entry["sequence_number"] ?? own, (long?)entry["file_sequence_number"] ?? own,
                (long)file["record_count"], (long)file["file_size_in_bytes"]);
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
