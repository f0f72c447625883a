using System.Text;
using Features.Iceberg.Storage;
using Features.Iceberg.Tests.Storage;
using Features.Testing;

namespace Features.Iceberg.Deletes;

/// <summary>Puffin files as Java writes them, and damaged ones.</summary>
public sealed class PuffinFileTests
{
    private const string Second = "some blob \0 binary data 🤯 that is not very very very very very very long, is it?";

    [Theory]
    [InlineData("sample-metric-data-uncompressed.bin")]
    [InlineData("sample-metric-data-compressed-zstd.bin")]
    public async Task File_OfJava_IsRead(string name)
    {
        var (storage, location) = (new LocalObjectStore(), Golden(name));
        var file = await PuffinFile.ReadAsync(storage, location, default);
        Assert.Equal("Test 1234", file.Properties["created-by"]);
        Assert.Equal(["some-blob", "some-other-blob"], file.Blobs.Select(b => b.Type));
        Assert.Equal([1, 2], file.Blobs.SelectMany(b => b.Fields));
        Assert.Equal("abcdefghi", Encoding.UTF8.GetString((await file.ReadBlobAsync(storage, file.Blobs[0], default)).Span));
        Assert.Equal(Second, Encoding.UTF8.GetString((await file.ReadBlobAsync(storage, file.Blobs[1], default)).Span));
    }

    [Fact]
    public async Task File_WithoutBlobs_IsRead() => Assert.Empty((await PuffinFile.ReadAsync(new LocalObjectStore(), Golden("empty-puffin-uncompressed.bin"), default)).Blobs);

    [Fact]
    public async Task File_WithCompressedFooter_IsRefusedByName()
    {
        var bytes = await File.ReadAllBytesAsync(Golden("sample-metric-data-uncompressed.bin"), TestContext.Current.CancellationToken);
        bytes[^8] = 1;
        var error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => ReadAllAsync(bytes));
        Assert.Contains("LZ4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_Damaged_IsReadOrRefusedByATypedError()
    {
        var whole = await File.ReadAllBytesAsync(Golden("sample-metric-data-compressed-zstd.bin"), TestContext.Current.CancellationToken);
        await Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[0, 3], Gen.Bool).SampleAsync(
            async (seed, changes, isCut) =>
            {
                var random = new Random(seed);
                var bytes = isCut ? whole[random.Next(5)..random.Next(5, whole.Length + 1)] : [.. whole];
                for (; changes > 0 && bytes.Length > 0; changes--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                try
                {
                    await ReadAllAsync(bytes);
                }
                catch (Exception error) when (error is InvalidFileException or UnsupportedFeatureException)
                {
                    // As it should be.
                }
            },
            iter: 2_000);
    }

    private static async Task ReadAllAsync(byte[] bytes)
    {
        var storage = new MemoryObjectStore();
        storage.Put("/p", bytes);
        var file = await PuffinFile.ReadAsync(storage, "/p", default);
        foreach (var blob in file.Blobs)
        {
            await file.ReadBlobAsync(storage, blob, default);
        }
    }

    private static string Golden(string name)
    {
        var path = Fixtures.Find("iceberg", "iceberg-java", "puffin", "v1", name);
        Assert.SkipWhen(path is null, "the Iceberg fixtures are not here");
        return path!;
    }
}
