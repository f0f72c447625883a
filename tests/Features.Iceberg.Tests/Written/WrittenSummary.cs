using System.Globalization;
using System.Text.Json;
using static Features.Iceberg.Written.WrittenTable;

namespace Features.Iceberg.Written;

/// <summary>A snapshot's summary, against what its manifests hold.</summary>
internal static class WrittenSummary
{
    private const string Section = "Optional Snapshot Summary Fields";

    public static void Check(JsonElement summary, List<WrittenEntry> live, List<WrittenEntry> added, List<WrittenEntry> removed)
    {
        var operation = Text(summary, "operation");
        Rule(operation is "append" or "overwrite" or "delete" or "replace", "Snapshots", "operation is one of the four");
        Rule(operation != "append" || removed.Count == 0, "Snapshots", "an append removes nothing");
        Rule(operation != "append" || added.All(e => e.Content == 0), "Snapshots", "an append adds data files alone");
        Rule(operation != "delete" || added.All(e => e.Content != 0), "Snapshots", "a delete adds no data files");
        var (isData, isDelete) = (Of(0), new Func<WrittenEntry, bool>(e => e.Content != 0));
        foreach (var (total, counts, count) in new (string, Func<WrittenEntry, bool>, Func<WrittenEntry, long>)[]
        {
            ("data-files", isData, _ => 1), ("delete-files", isDelete, _ => 1), ("records", isData, e => e.Records), ("position-deletes", Of(1), e => e.Records), ("equality-deletes", Of(2), e => e.Records),
        })
        {
            Rule(Count(summary, $"total-{total}") == live.Where(counts).Sum(count), Section, $"total-{total} is that of the live files");
            Rule(Count(summary, $"added-{total}") == added.Where(counts).Sum(count), Section, $"added-{total} is that of the added files");
            Rule(Count(summary, total is "data-files" or "records" ? $"deleted-{total}" : $"removed-{total}") == removed.Where(counts).Sum(count), Section, $"removed {total} are those of the deleted entries");
        }

        Rule(Count(summary, "added-position-delete-files") == added.Count(Of(1)) && Count(summary, "removed-position-delete-files") == removed.Count(Of(1)), Section, "position delete files are counted");
        Rule(Count(summary, "added-equality-delete-files") == added.Count(Of(2)) && Count(summary, "removed-equality-delete-files") == removed.Count(Of(2)), Section, "equality delete files are counted");
        Rule(Count(summary, "total-files-size") == live.Sum(e => e.Bytes), Section, "total-files-size is that of the live files");
        Rule((Count(summary, "added-files-size"), Count(summary, "removed-files-size")) == (added.Sum(e => e.Bytes), removed.Sum(e => e.Bytes)), Section, "sizes of added and removed files are theirs");
    }

    private static Func<WrittenEntry, bool> Of(int content) => e => e.Content == content;

    private static long Count(JsonElement summary, string key) => summary.TryGetProperty(key, out var value) ? long.Parse(value.GetString()!, CultureInfo.InvariantCulture) : 0;
}
