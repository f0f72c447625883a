using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Features.Iceberg.Manifests;
using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Tests.Storage;

namespace Features.Iceberg.Tests.Manifests.Avro;

/// <summary>Containers of every codec, and hostile ones.</summary>
public sealed class AvroContainerTests
{
    private const string At = "mem://list.avro";

    private readonly MemoryObjectStore store = new();

    [Theory]
    [InlineData("null")]
    [InlineData("snappy")]
    [InlineData("zstandard")]
    [InlineData("deflate")]
    public async Task List_EveryCodec_IsRead(string codec)
    {
        store.Put(At, Container(codec, Pack(codec, OneManifest("m0")), 1));
        Assert.Equal("m0", Assert.Single(await ManifestListReader.ReadAsync(store, At, default)).ManifestPath);
    }

    [Fact]
    public async Task Snappy_WrongChecksum_IsRefused()
    {
        var block = Pack("snappy", OneManifest("m0"));
        block[^1] ^= 1;
        await AssertRefused(Container("snappy", block, 1), "checksum");
    }

    [Fact]
    public Task Snappy_LengthLies_IsRefusedBeforeItTakesMemory() => AssertRefused(Container("snappy", [0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0], 1), "claims to unpack to");

    [Fact]
    public Task Schema_NameThatIsNull_IsRefused() => AssertRefused(Container("null", [2], 1, """{"type":"record","name":null,"fields":[]}"""), "null for a name");

    [Fact]
    public Task Codec_Unknown_IsRefusedByName() => AssertRefused(Container("bzip2", OneManifest("m0"), 1), "'bzip2'");

    [Fact]
    public Task Block_CountLies_IsRefused() => AssertRefused(Container("null", OneManifest("m0"), long.MaxValue), "claims 9223372036854775807 objects");

    [Fact]
    public Task Block_LengthLies_IsRefused() => AssertRefused([.. Container("null", [], 0)[..^18], .. Long(1), .. Long(1L << 60)], "claims");

    [Fact]
    public Task String_LengthLies_IsRefused() => AssertRefused(Container("null", [.. Long(1L << 40), 1, 2, 3, 4, 5, 6, 7, 8], 1), "claims 1099511627776 bytes");

    [Fact]
    public async Task Block_ThatUnpacksTooFar_IsRefusedBeforeItFillsTheMemory()
    {
        using var bomb = new MemoryStream();
        await using (var deflate = new System.IO.Compression.DeflateStream(bomb, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < (AvroCodec.LimitBytes >> 20) + 2; i++)
            {
                await deflate.WriteAsync(zeros);
            }
        }

        await AssertRefused(Container("deflate", bomb.ToArray(), 1), "unpacks to more than 256 MiB");
    }

    [Fact]
    public Task Schema_Recursive_IsRefused() =>
        AssertRefused(Container("null", [2, 2, 2], 1, """{"type":"record","name":"r","fields":[{"name":"manifest_path","type":["null","r"]}]}"""), "contains itself");

    [Fact]
    public Task Schema_ThatGrowsExponentially_IsRefused()
    {
        var fields = string.Join(",", Enumerable.Range(1, 40).Select(i =>
            $$$"""{"name":"f{{{i}}}","type":{"type":"record","name":"t{{{i}}}","fields":[{"name":"a","type":"t{{{i - 1}}}"},{"name":"b","type":"t{{{i - 1}}}"}]}}"""));
        return AssertRefused(
            Container("null", [0], 1, $$$"""{"type":"record","name":"r","fields":[{"name":"f0","type":{"type":"record","name":"t0","fields":[]}},{{{fields}}}]}"""), "too large");
    }

    [Fact]
    public Task Schema_NoRecord_IsRefused() => AssertRefused(Container("null", [2], 1, "\"long\""), "no record");

    [Fact]
    public Task Field_OfAnotherType_IsRefusedByName() =>
        AssertRefused(Container("null", [2], 1, """{"type":"record","name":"r","fields":[{"name":"manifest_path","field-id":500,"type":"double"}]}"""), "must be a string but its Avro type is double");

    [Fact]
    public Task Field_Missing_IsRefusedByName() =>
        AssertRefused(Container("null", [2], 1, """{"type":"record","name":"r","fields":[{"name":"x","type":"long"}]}"""), "'manifest_path' (500)");

    [Fact]
    public void List_AnyDamage_IsReadOrRefusedByType()
    {
        byte[][] wholes = [Container("null", OneManifest("m0"), 1), Container("deflate", Pack("deflate", OneManifest("m0")), 1), Container("snappy", Pack("snappy", OneManifest("m0")), 1)];
        Gen.Select(Gen.Int[0, 2], Gen.Select(Gen.Double[0, 1], Gen.Byte).Array[1, 4], Gen.Double[0.2, 1.2]).Sample((which, changes, cut) =>
        {
            var bytes = wholes[which][..(int)Math.Min(wholes[which].Length, wholes[which].Length * cut)];
            foreach (var (at, value) in changes)
            {
                bytes[(int)(at * (bytes.Length - 1))] = value;
            }

            var damaged = new MemoryObjectStore();
            damaged.Put(At, bytes);
            try
            {
                _ = ManifestListReader.ReadAsync(damaged, At, default).GetAwaiter().GetResult();
            }
            catch (InvalidFileException e)
            {
                Assert.Equal(At, e.Location);
            }
        });
    }

    private static byte[] OneManifest(string path) => [.. Text(path), .. Long(1000), .. Long(0), .. Long(7)];

    private async Task AssertRefused(byte[] bytes, string reason)
    {
        store.Put(At, bytes);
        var error = await Assert.ThrowsAsync<InvalidFileException>(() => ManifestListReader.ReadAsync(store, At, default));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(At, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Container(string codec, byte[] block, long count, string? schema = null)
    {
        schema ??= """
            {"type":"record","name":"manifest_file","fields":[
             {"name":"manifest_path","type":"string","field-id":500},{"name":"manifest_length","type":"long","field-id":501},
             {"name":"partition_spec_id","type":"int","field-id":502},{"name":"added_snapshot_id","type":"long","field-id":503}]}
            """;
        var sync = Enumerable.Range(0, 16).Select(i => (byte)i).ToArray();
        return
        [
            .. "Obj\u0001"u8, .. Long(2), .. Text("avro.schema"), .. Text(schema), .. Text("avro.codec"), .. Text(codec), 0, .. sync,
            .. Long(count), .. Long(block.Length), .. block, .. sync,
        ];
    }

    private static byte[] Pack(string codec, byte[] block)
    {
        switch (codec)
        {
            case "deflate":
                return AvroCodec.Deflate(block).ToArray();
            case "zstandard":
                using (var zstd = new ZstdSharp.Compressor())
                {
                    return zstd.Wrap(block).ToArray();
                }

            case "snappy":
                var checksum = new byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32.HashToUInt32(block));
                return [.. Snappier.Snappy.CompressToArray(block), .. checksum];
            default:
                return block;
        }
    }

    private static byte[] Text(string text) => [.. Long(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Long(long value)
    {
        var writer = new AvroWriter();
        writer.WriteLong(value);
        return writer.Written.ToArray();
    }
}
