using System.Text.Json;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Tests.Spec;
using Features.Testing;

namespace Features.Iceberg.Tests.Manifests;

/// <summary>Every manifest list and manifest that other writers left in the fixtures.</summary>
public sealed class ManifestFixtureTests
{
    [Theory]
    [InlineData("duckdb-iceberg")]
    [InlineData("icebird")]
    [InlineData("impala")]
    public async Task Tables_OfEveryWriter_ListTheFilesAndRowsThatTheInventoryCounts(string source)
    {
        var root = Fixtures.Find("iceberg", source);
        Assert.SkipWhen(root is null, "the shared fixtures are not here");
        using var inventory = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(root, "inventory.json")));
        var faults = new List<string>();
        var tables = 0;
        foreach (var table in inventory.RootElement.EnumerateArray())
        {
            var name = table.GetProperty("table").GetString()!;
            var file = Path.Combine(root, name, "metadata", table.GetProperty("metadataFile").GetString()!);
            if (MetadataFixtures.FaultOf(file) is not null)
            {
                continue;
            }

            try
            {
                var live = await LiveEntriesAsync(await TableFolder.OpenAsync(new LocalObjectStore(), file, default));
                var data = live.Where(e => e.File.Content == FileContent.Data).ToList();
                Expect(table, "dataFiles", data.Count, name, faults);
                Expect(table, "rowsBeforeDeletes", data.Sum(e => e.File.RecordCount), name, faults);
                tables++;
            }
            catch (IcebergException e)
            {
                faults.Add($"{name}: {e.Message}");
            }
        }

        Assert.Empty(faults);
        Assert.True(tables > (source == "icebird" ? 3 : 30), $"only {tables} tables were read");
    }

    [Fact]
    public async Task ManifestLists_OfEverySnapshot_AgreeWithTheirManifests()
    {
        var (lists, manifests, counted) = (0, 0, 0);
        var differing = new HashSet<string>();
        foreach (var file in MetadataFixtures.Files().Where(f => MetadataFixtures.FaultOf(f) is null && !Path.GetFileName(f).StartsWith("TableMetadata", StringComparison.Ordinal) && f.Contains("/metadata/", StringComparison.Ordinal)))
        {
            var table = await TableFolder.OpenAsync(new LocalObjectStore(), file, default);
            foreach (var snapshot in table.Metadata.Snapshots)
            {
                if (snapshot.ManifestList is { } list && await table.Storage.StatAsync(list, default) is null)
                {
                    // An expired or trimmed snapshot of the fixture; the current one is checked above.
                    continue;
                }

                lists++;
                foreach (var manifest in await ManifestListReader.ReadAsync(table.Storage, snapshot, default))
                {
                    if (await table.Storage.StatAsync(manifest.ManifestPath, default) is not { } info)
                    {
                        continue;
                    }

                    manifests++;
                    var entries = await table.Metadata.ReadAllAsync(table.Storage, manifest);
                    Assert.All(entries, e => Assert.NotNull(e.SequenceNumber));
                    Assert.All(entries, e => Assert.Equal(manifest.IsDeletes, e.File.Content != FileContent.Data));
                    if (manifest.AddedFilesCount is { } added && manifest.ExistingFilesCount is { } existing && manifest.DeletedFilesCount is { } deleted)
                    {
                        counted++;
                        var actual = (Count(ManifestEntryStatus.Added), Count(ManifestEntryStatus.Existing), Count(ManifestEntryStatus.Deleted));
                        if (actual != (added, existing, deleted))
                        {
                            differing.Add(Path.GetFileName(manifest.ManifestPath));
                        }
                    }

                    if (manifest.AddedRowsCount is { } rows && !differing.Contains(Path.GetFileName(manifest.ManifestPath)) && entries.All(e => e.Status == ManifestEntryStatus.Added))
                    {
                        Assert.Equal(rows, entries.Sum(e => e.File.RecordCount));
                    }

                    CheckSummaries(table.Metadata, manifest, entries);

                    int Count(ManifestEntryStatus status) => entries.Count(e => e.Status == status);
                }
            }
        }

        // Impala's iceberg_v2_null_delete_record was edited by hand: its list counts fewer entries than its manifests' own blocks do.
        Assert.Equal(["3a813d5e-fc0b-485f-bbba-010972a9f20a-m0.avro", "e90d28aa-cd17-4655-ad04-aa3711792576-m0.avro"], differing.Order(StringComparer.Ordinal));
        Assert.True(lists > 150 && manifests > 150 && counted > 150, $"{lists} lists, {manifests} manifests, {counted} with counts");
    }

    [Fact]
    public async Task EncryptedManifestList_IsRefusedByName()
    {
        var path = Fixtures.Find("iceberg", "iceberg-rust", "manifests_lists", "manifest-list-v3-encrypted.avro");
        Assert.SkipWhen(path is null, "the shared fixtures are not here");
        var error = await Assert.ThrowsAsync<InvalidFileException>(() => ManifestListReader.ReadAsync(new LocalObjectStore(), path, default));
        Assert.Contains("encrypted", error.Message, StringComparison.Ordinal);
        var snapshot = new Snapshot(1, null, 0, 0, path, null, new Dictionary<string, string>(), 0, KeyId: "k1");
        await Assert.ThrowsAsync<UnsupportedFeatureException>(() => ManifestListReader.ReadAsync(new LocalObjectStore(), snapshot, default));
    }

    private static void CheckSummaries(TableMetadata metadata, ManifestFile manifest, IReadOnlyList<ManifestEntry> entries)
    {
        var types = metadata.PartitionType(metadata.PartitionSpecs.First(s => s.SpecId == manifest.PartitionSpecId)).Fields.Select(f => (PrimitiveType)f.Type).ToArray();
        for (var i = 0; i < (manifest.Partitions?.Count ?? 0); i++)
        {
            var (summary, type) = (manifest.Partitions![i], types[i]);
            foreach (var value in entries.Select(e => e.File.Partition[i]).Where(v => v is not (float.NaN or double.NaN)))
            {
                if (value is null)
                {
                    Assert.True(summary.ContainsNull);
                }
                else if (summary is { LowerBound: { } lower, UpperBound: { } upper })
                {
                    Assert.InRange(SingleValue.Compare(value, SingleValue.FromBinary(lower, type), type), 0, int.MaxValue);
                    Assert.InRange(SingleValue.Compare(value, SingleValue.FromBinary(upper, type), type), int.MinValue, 0);
                }
            }
        }
    }

    private static async Task<List<ManifestEntry>> LiveEntriesAsync(Table table)
    {
        var live = new List<ManifestEntry>();
        if (table.Metadata.CurrentSnapshot is { } current)
        {
            foreach (var manifest in await ManifestListReader.ReadAsync(table.Storage, current, default))
            {
                live.AddRange((await table.Metadata.ReadAllAsync(table.Storage, manifest)).Where(e => e.Status != ManifestEntryStatus.Deleted));
            }
        }

        return live;
    }

    private static void Expect(JsonElement table, string name, long actual, string label, List<string> faults)
    {
        if (table.TryGetProperty(name, out var expected) && expected.ValueKind == JsonValueKind.Number && expected.GetInt64() != actual)
        {
            faults.Add($"{label}: {name} is {actual}, the inventory says {expected}");
        }
    }
}
