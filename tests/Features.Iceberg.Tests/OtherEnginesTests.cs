using System.Globalization;
using System.Text.Json;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;

namespace Features.Iceberg;

/// <summary>Every snapshot of every table in the fixtures' inventories is read to its last row, or refused by a typed error for the reason that the inventory states.</summary>
public sealed class OtherEnginesTests
{
    /// <summary>What fails otherwise than by another file format, by table (its current state), table and snapshot, or table and * (all), with a part of the message.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        // The fixture was published without this manifest list, and that one without its data.
        ["equality_deletes/warehouse/mydb/mytable 7342794868382145167"] = "does not exist",
        ["generated_bounds *"] = "s3://fake-bucket/",
        ["hadoop_catalog/ice/iceberg_with_key_metadata *"] = "encryption",
    };

    /// <summary>Source, table folder, snapshot id (empty: the current one), and what the inventory says of it.</summary>
    public static TheoryData<string, string, string> Snapshots() => [.. FixtureTable.Snapshots()];

    [Theory]
    [MemberData(nameof(Snapshots), DisableDiscoveryEnumeration = true)]
    public async Task Snapshot_IsReadWholeOrRefusedByName(string source, string table, string snapshot)
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        var entry = FixtureTable.Inventory(source)!.First(t => t.GetProperty("table").GetString() == table);
        if (Exceptions.TryGetValue($"{table} {snapshot}".Trim(), out var reason) || Exceptions.TryGetValue($"{table} *", out reason))
        {
            var error = await Assert.ThrowsAnyAsync<IcebergException>(() => CountAsync(source, entry, snapshot));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            return;
        }

        var mayBeRefused = Text(entry, "fileFormats") is not ("PARQUET" or "");
        long rows;
        try
        {
            rows = await CountAsync(source, entry, snapshot);
        }
        catch (UnsupportedFeatureException refused) when (mayBeRefused)
        {
            Assert.Matches(@"data format (ORC|AVRO) in '.+\.(orc|avro)'", refused.Message);
            return;
        }

        var stated = entry.GetProperty("snapshots").EnumerateArray().FirstOrDefault(s => s.GetProperty("id").ToString() == snapshot);
        if (stated.ValueKind == JsonValueKind.Object && stated.TryGetProperty("summaryTotalRecords", out var total) && total.ValueKind == JsonValueKind.Number && !mayBeRefused && Text(entry, "deleteFiles").Length == 0)
        {
            Assert.Equal(total.GetInt64(), rows);
        }
    }

    private static async Task<long> CountAsync(string source, JsonElement entry, string snapshot)
    {
        var opened = await FixtureTable.OpenAsync(source, entry);
        var scan = opened.NewScan();
        var plan = await (snapshot.Length == 0 ? scan : scan with { SnapshotId = unchecked((long)ulong.Parse(snapshot, CultureInfo.InvariantCulture)) }).PlanAsync(default);
        var reader = new ScanReader(new ParquetNetFormat(opened.Storage), opened.Storage);
        long rows = 0;
        await foreach (var batch in reader.ReadAsync(plan, default))
        {
            using (batch)
            {
                // Rendering each value visits every buffer of every column.
                rows += Rows.Of(batch, plan.Projection).Count;
            }
        }

        return rows;
    }

    private static string Text(JsonElement entry, string property) => entry.TryGetProperty(property, out var value) ? value.GetString() ?? "" : "";
}
