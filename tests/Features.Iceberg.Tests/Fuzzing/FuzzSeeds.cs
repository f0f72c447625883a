using System.Text;
using System.Text.Json.Nodes;
using Features.Iceberg.Conformance;
using Features.Iceberg.Deletes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Testing;

namespace Features.Iceberg.Fuzzing;

/// <summary>Sound inputs: small files of the fixture tables, in an order that stays.</summary>
internal sealed class FuzzSeeds
{
    /// <summary>So many positions of a deletion vector are looked at.</summary>
    public const int MostPositions = 10_000;

    private const int MostBytes = 32 << 10, MostOfATable = 2;

    private FuzzSeeds()
    {
    }

    public List<byte[]> Metadata { get; } = [];

    public List<byte[]> Hints { get; } = [.. new[] { "1", "2", "v2", "v1.metadata.json", "3", "00002-x.metadata.json" }.Select(Encoding.UTF8.GetBytes)];

    public List<byte[]> ManifestLists { get; } = [];

    public List<(byte[] Bytes, ManifestFile Manifest, TableMetadata Metadata)> Manifests { get; } = [];

    public List<(byte[] Bytes, FileScanTask Task)> DataFiles { get; } = [];

    public List<byte[]> Puffins { get; } = [];

    public List<byte[]> Vectors { get; } = [];

    /// <summary>What the deletion vectors of <see cref="Puffins"/> say.</summary>
    public HashSet<string> Positions { get; } = [];

    public List<byte[]> Answers { get; } = [];

    public static async Task<FuzzSeeds> ReadAsync()
    {
        var seeds = new FuzzSeeds();
        foreach (var source in FixtureTable.Sources)
        {
            foreach (var entry in FixtureTable.Inventory(source)!)
            {
                try
                {
                    await seeds.AddAsync(await FixtureTable.OpenAsync(source, entry));
                }
                catch (IcebergException)
                {
                    // The conformance tests say which may not be read.
                }
            }
        }

        foreach (var path in Directory.EnumerateFiles(Fixtures.Find("iceberg")!, "*.puffin", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            await seeds.AddPuffinAsync(path);
        }

        // Each form of container: few values, many, and runs.
        foreach (var positions in new[] { [1L, 5, 1L << 33], Enumerable.Range(0, 9000).Select(i => i * 3L), Enumerable.Range(70_000, 9000).Select(i => (long)i) })
        {
            seeds.Vectors.Add(DeletionVector.Write(DeletedPositions.Of(positions)));
        }

        foreach (var metadata in seeds.Metadata.Take(20))
        {
            var answer = new JsonObject
            {
                ["metadata-location"] = "s3://bucket/t/metadata/00001-x.metadata.json",
                ["metadata"] = JsonNode.Parse(metadata),
                ["config"] = new JsonObject { ["s3.access-key-id"] = "k", ["token"] = "t" },
                ["storage-credentials"] = new JsonArray(new JsonObject { ["prefix"] = "s3://", ["config"] = new JsonObject { ["s3.access-key-id"] = "k" } }),
                ["defaults"] = new JsonObject { ["warehouse"] = "w" },
                ["overrides"] = new JsonObject { ["prefix"] = "p", ["header.x-of-the-catalog"] = "1", ["namespace-separator"] = "%1F" },
                ["endpoints"] = new JsonArray("GET /v1/{prefix}/namespaces"),
                ["namespaces"] = new JsonArray(new JsonArray("a", "b")),
                ["identifiers"] = new JsonArray(new JsonObject { ["namespace"] = new JsonArray("ns"), ["name"] = "t" }),
                ["namespace"] = new JsonArray("ns"),
                ["properties"] = new JsonObject { ["owner"] = "me" },
                ["error"] = new JsonObject { ["message"] = "none", ["type"] = "NoSuchTableException", ["code"] = 404 },
            };
            seeds.Answers.Add(Encoding.UTF8.GetBytes(answer.ToJsonString()));
        }

        return seeds;
    }

    private async Task AddAsync(Table table)
    {
        if (await SmallAsync(table.Storage, table.MetadataLocation) is [(byte)'{', ..] json)
        {
            Metadata.Add(json);
        }

        foreach (var snapshot in table.Metadata.Snapshots.Where(s => s.ManifestList is not null).TakeLast(1))
        {
            if (await SmallAsync(table.Storage, snapshot.ManifestList!) is { } list)
            {
                ManifestLists.Add(list);
            }

            foreach (var manifest in (await ManifestListReader.ReadAsync(table.Storage, snapshot, default)).Take(MostOfATable))
            {
                if (await SmallAsync(table.Storage, manifest.ManifestPath) is { } bytes)
                {
                    Manifests.Add((bytes, manifest, table.Metadata));
                }
            }
        }

        foreach (var task in (await table.NewScan().PlanAsync(default)).Tasks.Take(MostOfATable).Where(t => t.File.FileFormat.Equals("PARQUET", StringComparison.OrdinalIgnoreCase)))
        {
            if (await SmallAsync(table.Storage, task.Location) is { } bytes)
            {
                DataFiles.Add((bytes, task));
            }
        }
    }

    private async Task AddPuffinAsync(string path)
    {
        var storage = new LocalObjectStore();
        if (await SmallAsync(storage, path) is not { } bytes)
        {
            return;
        }

        try
        {
            var puffin = await PuffinFile.ReadAsync(storage, path, default);
            foreach (var blob in puffin.Blobs.Where(b => b.Type == PuffinBlob.DeletionVectorType))
            {
                AddVector((await puffin.ReadBlobAsync(storage, blob, default)).ToArray());
            }
        }
        catch (InvalidFileException)
        {
            // Some writers left out the frame.
            AddVector(bytes);
        }

        Puffins.Add(bytes);
    }

    private void AddVector(byte[] vector)
    {
        Positions.Add(string.Join(',', DeletionVector.Read(vector).Take(MostPositions)));
        Vectors.Add(vector);
    }

    private static async Task<byte[]?> SmallAsync(IObjectStore storage, string location)
    {
        if (await storage.StatAsync(location, default) is not { Length: > 0 and <= MostBytes } info)
        {
            return null;
        }

        var bytes = new byte[info.Length];
        await using var stream = await storage.OpenReadAsync(location, default);
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
