using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Apache.Arrow;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Storage;

namespace Features.Iceberg.Fuzzing;

/// <summary>Every reader of foreign bytes, over files that other engines wrote.</summary>
internal static class FuzzTargets
{
    private const string File = "/fuzzed";

    public static string[] Names { get; } = ["metadata", "hint", "manifest list", "manifest", "puffin", "positions", "parquet", "rest"];

    public static FuzzTarget Find(string name, FuzzSeeds seeds) => name switch
    {
        "metadata" => Bytes(name, seeds.Metadata, JsonMutation.Of, (_, store) => TableMetadataJson.ReadAsync(store, File, default)),
        "hint" => new(name, seeds.Hints, ByteMutation.Of, (_, hint) => OpenAsync(hint, seeds.Metadata[0])),
        "manifest list" => Bytes(name, seeds.ManifestLists, AvroMutation.Of, (_, store) => ManifestListReader.ReadAsync(store, File, default)),
        "manifest" => Bytes(name, [.. seeds.Manifests.Select(m => m.Bytes)], AvroMutation.Of, async (seed, store) =>
        {
            var (_, manifest, metadata) = seeds.Manifests[seed];
            var entries = 0;
            await foreach (var entry in ManifestReader.ReadAsync(store, manifest with { ManifestPath = File }, metadata, default))
            {
                Assert.True(entry.File.RecordCount >= 0, "a count of rows is one");
                entries++;
            }

            // A list without counts says nothing of the entries.
            Assert.False(
                store.Bytes(File).Length < manifest.ManifestLength && entries < manifest.AddedFilesCount + manifest.ExistingFilesCount + manifest.DeletedFilesCount, "a file that was cut off is told from a whole one");
        }),
        "puffin" => Bytes(name, seeds.Puffins, ByteMutation.Of, (_, store) => ReadPuffinAsync(store, seeds.Positions)),
        "positions" => new(name, seeds.Vectors, Vector, (_, blob) => Task.FromResult(ReadVector(blob))),
        "parquet" => Bytes(name, [.. seeds.DataFiles.Select(f => f.Bytes)], ByteMutation.Of, (seed, store) => ReadRowsAsync(store, seeds.DataFiles[seed].Task)),
        _ => new(name, seeds.Answers, JsonMutation.Of, (_, answer) => AskAsync(answer)),
    };

    private static FuzzTarget Bytes(
        string name, IReadOnlyList<byte[]> seeds, Func<byte[], IReadOnlyList<byte[]>, Random, byte[]> mutate, Func<int, MemoryObjectStore, Task> read) => new(name, seeds, mutate, (seed, bytes) =>
        {
            var store = new MemoryObjectStore();
            store.Put(File, bytes);
            return read(seed, store);
        });

    private static async Task OpenAsync(byte[] hint, byte[] metadata)
    {
        var store = new MemoryObjectStore();
        store.Put("/t/metadata/version-hint.text", hint);
        store.Put("/t/metadata/v1.metadata.json", metadata);
        store.Put("/t/metadata/v2.metadata.json", metadata);
        var table = await TableFolder.OpenAsync(store, "/t", default);
        // A number may lag behind, and is followed by the versions after it; a file's name is taken at its word.
        Assert.EndsWith(Encoding.UTF8.GetString(hint).Trim() is "v1" or "v1.metadata.json" ? "v1.metadata.json" : "v2.metadata.json", table.MetadataLocation, StringComparison.Ordinal);
    }

    private static async Task ReadPuffinAsync(MemoryObjectStore store, IReadOnlySet<string> known)
    {
        var puffin = await PuffinFile.ReadAsync(store, File, default);
        foreach (var blob in puffin.Blobs)
        {
            var content = await puffin.ReadBlobAsync(store, blob, default);
            if (blob.Type == PuffinBlob.DeletionVectorType && ReadVector(content.ToArray()) is { } positions)
            {
                // Its checksum held, so that it can only be one of those that were written.
                Assert.Contains(string.Join(',', positions.Take(FuzzSeeds.MostPositions)), known);
            }
        }
    }

    /// <summary>Damages what the checksum covers, and gives it the checksum that it then has.</summary>
    private static byte[] Vector(byte[] blob, IReadOnlyList<byte[]> others, Random random)
    {
        byte[] content = [.. blob[4..8], .. ByteMutation.Of(blob[8..^4], others, random)];
        var framed = new byte[content.Length + 8];
        BinaryPrimitives.WriteUInt32BigEndian(framed, (uint)content.Length);
        content.CopyTo(framed, 4);
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(framed.Length - 4), Crc32.HashToUInt32(content));
        return framed;
    }

    private static DeletedPositions? ReadVector(byte[] blob)
    {
        DeletedPositions positions;
        try
        {
            positions = DeletionVector.Read(blob);
        }
        catch (InvalidDataException)
        {
            return null;
        }

        var last = -1L;
        var count = 0L;
        foreach (var position in positions.Take(FuzzSeeds.MostPositions))
        {
            Assert.True(position > last, "the positions ascend");
            Assert.True(positions.Contains(position), "what is listed is contained");
            (last, count) = (position, count + 1);
        }

        Assert.Equal(Math.Min(positions.Count, FuzzSeeds.MostPositions), count);
        return positions;
    }

    private static async Task ReadRowsAsync(MemoryObjectStore store, FileScanTask task)
    {
        var rows = 0L;
        await foreach (var batch in new ParquetNetFormat(store).ReadAsync(task with { Location = File }, task.Schema, default))
        {
            using (batch)
            {
                rows += batch.Length;
                Assert.All(Enumerable.Range(0, batch.ColumnCount), c => Assert.Equal(batch.Length, batch.Column(c).Length));
                LookAt(batch, task.Schema);
            }
        }

        Assert.Equal(task.File.RecordCount, rows);
    }

    private static void LookAt(RecordBatch batch, Spec.Schema schema)
    {
        try
        {
            _ = Conformance.Rows.Of(batch, schema);
        }
        catch (InvalidDataException) when (schema.AllFields().Any(f => f.Type is PrimitiveType { Kind: PrimitiveKind.Variant }))
        {
            // A variant is bytes until someone asks what they say.
        }
    }

    private static async Task AskAsync(byte[] answer)
    {
        using var handler = new OneAnswer(answer);
        var options = new RestCatalogOptions { Uri = new Uri("http://catalog/"), Handler = handler, Retries = 0 };
        using var catalog = await RestCatalog.OpenAsync(options, (_, _) => new MemoryObjectStore(), TimeProvider.System, default);
        foreach (var ask in new Func<Task>[]
        {
            () => catalog.TryLoadTableAsync(new TableIdentifier("ns", "t"), default),
            () => catalog.ListTablesAsync("ns", default),
            () => catalog.ListNamespacesAsync(null, default),
            () => catalog.TryLoadNamespaceAsync("ns", default),
        })
        {
            try
            {
                await ask();
            }
            catch (IcebergException)
            {
                // The next verb reads other fields.
            }
        }
    }

    /// <summary>A server that answers everything with the same document.</summary>
    private sealed class OneAnswer(byte[] answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage((System.Net.HttpStatusCode)(answer.Length % 16 == 0 ? 404 : 200)) { Content = new ByteArrayContent(answer) });
    }
}
