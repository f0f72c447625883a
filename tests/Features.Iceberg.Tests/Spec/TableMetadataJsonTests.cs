using System.Text;
using System.Text.Json.Nodes;
using Features.Iceberg.Spec;
using Features.Testing;

namespace Features.Iceberg.Tests.Spec;

public sealed class TableMetadataJsonTests
{
    [Fact]
    public void Read_EveryMetadataFileOfEveryWriter_IsValidOrRefusedForItsReason()
    {
        var (valid, invalid) = (0, 0);
        foreach (var file in MetadataFixtures.Files())
        {
            if (MetadataFixtures.FaultOf(file) is { } fault)
            {
                var error = Assert.ThrowsAny<IcebergException>(() => Read(file));
                Assert.Contains(fault, error.Message, StringComparison.Ordinal);
                invalid++;
            }
            else
            {
                var metadata = Read(file);
                Assert.Equal(metadata.CurrentSchemaId, metadata.CurrentSchema.SchemaId);
                Assert.Equal(metadata.CurrentSnapshotId, metadata.CurrentSnapshot?.SnapshotId);
                Assert.All(metadata.PartitionSpecs, spec => Assert.Equal(spec.Fields.Count, metadata.PartitionType(spec).Fields.Count));
                valid++;
            }
        }

        Assert.True(valid > 250, $"only {valid} valid files were found");
        Assert.True(invalid > 20, $"only {invalid} invalid files were found");
    }

    [Fact]
    public void Write_EveryVersion2File_SaysTheSame()
    {
        var compared = 0;
        // One writer's snapshot ids are unsigned; they are written as the signed numbers of the same bits, as manifests have them.
        foreach (var file in MetadataFixtures.Files().Where(f => MetadataFixtures.FaultOf(f) is null && !f.EndsWith("vfinal.metadata.json", StringComparison.Ordinal)))
        {
            var metadata = Read(file);
            if (metadata.FormatVersion == 2)
            {
                var written = TableMetadataJson.Write(metadata);
                AssertSays(Document(file), JsonNode.Parse(written)!, Path.GetFileName(file));
                Assert.Equal(written, TableMetadataJson.Write(TableMetadataJson.Read(written, "copy.metadata.json")));
                compared++;
            }
        }

        Assert.True(compared > 100, $"only {compared} files were compared");
    }

    [Fact]
    public void Write_RandomMetadata_RoundTrips() => Gen.Select(Schemas.Any, Gen.Long[1, long.MaxValue].Array[0, 4], Gen.Guid, Values.Text).Sample((schema, snapshots, uuid, text) =>
    {
        var ids = snapshots.Distinct().ToArray();
        var metadata = Minimal(schema, uuid) with
        {
            Properties = new Dictionary<string, string> { ["p" + text] = text },
            Snapshots = [.. ids.Select((id, i) => new Snapshot(id, i == 0 ? null : ids[i - 1], i + 1, i, $"list-{i}", null, new Dictionary<string, string> { ["operation"] = "append", ["k"] = text }, schema.SchemaId))],
            CurrentSnapshotId = ids.Length == 0 ? null : ids[^1],
            Refs = ids.Length == 0 ? new Dictionary<string, SnapshotRef>() : new Dictionary<string, SnapshotRef> { ["main"] = new(ids[^1], true), ["t" + text] = new(ids[0], false, null, 5, 6) },
            SnapshotLog = [.. ids.Select((id, i) => new SnapshotLogEntry(i, id))],
            MetadataLog = [new MetadataLogEntry(5, "old.metadata.json")],
            Unknown = new Dictionary<string, JsonNode?> { ["statistics"] = JsonNode.Parse("""[{"snapshot-id":9223372036854775807}]"""), ["new-field"] = null },
        };
        var written = TableMetadataJson.Write(metadata);
        var read = TableMetadataJson.Read(written, "m.metadata.json");
        Assert.Equal(written, TableMetadataJson.Write(read));
        Assert.Equal(metadata.Refs, read.Refs);
        Assert.Equal(metadata.SnapshotLog, read.SnapshotLog);
        Assert.Equal(metadata.Properties, read.Properties);
        Assert.Equal(ids, read.Snapshots.Select(s => s.SnapshotId));
        Assert.Equal(metadata.CurrentSnapshotId, read.CurrentSnapshotId);
    });

    [Fact]
    public void Write_NoSnapshot_SaysMinusOne()
    {
        var json = JsonNode.Parse(TableMetadataJson.Write(Minimal(new Schema(0, [], []), Guid.NewGuid())))!;
        Assert.Equal(-1, json["current-snapshot-id"]!.GetValue<long>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Write_OtherVersions_AreRefused(int version) =>
        Assert.Throws<UnsupportedFeatureException>(() => TableMetadataJson.Write(Minimal(new Schema(0, [], []), Guid.NewGuid()) with { FormatVersion = version }));

    [Fact]
    public async Task WriteAsync_GzipName_IsCompressedAndReadBack()
    {
        var store = new Storage.MemoryObjectStore();
        var metadata = Minimal(new Schema(0, [], []), Guid.NewGuid());
        await TableMetadataJson.WriteAsync(store, "mem://t/metadata/00001-a.gz.metadata.json", metadata, default);
        Assert.Equal([0x1F, 0x8B], store.Bytes("mem://t/metadata/00001-a.gz.metadata.json")[..2]);
        Assert.Equal(metadata.TableUuid, (await TableMetadataJson.ReadAsync(store, "mem://t/metadata/00001-a.gz.metadata.json", default)).TableUuid);
    }

    [Fact]
    public void Read_SnapshotIdsAboveTheLargestSignedNumber_AreTheSame64Bits()
    {
        var json = JsonNode.Parse(TableMetadataJson.Write(Minimal(new Schema(0, [], []), Guid.NewGuid())))!;
        json["current-snapshot-id"] = 9876543210123456789;
        json["snapshots"] = JsonNode.Parse("""[{"snapshot-id":9876543210123456789,"parent-snapshot-id":18446744073709551614,"sequence-number":1,"timestamp-ms":1,"manifest-list":"l","summary":{"operation":"append"}}]""");
        json["snapshot-log"] = JsonNode.Parse("""[{"timestamp-ms":1,"snapshot-id":9876543210123456789}]""");
        json["refs"] = JsonNode.Parse("""{"main":{"snapshot-id":9876543210123456789,"type":"branch"}}""");
        var metadata = TableMetadataJson.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), "m.json");
        const long id = unchecked((long)9876543210123456789);
        Assert.Equal((id, -2L), (metadata.CurrentSnapshot!.SnapshotId, metadata.CurrentSnapshot.ParentId));
        Assert.Equal([id, id], [metadata.Refs["main"].SnapshotId, metadata.SnapshotLog[0].SnapshotId]);
    }

    [Theory]
    [InlineData("""{"format-version":2,"table-uuid":"\ud800"}""")]
    [InlineData("""{"format-version":2,"properties":{"\udc00":"x"}}""")]
    public void Read_HalfOfASurrogatePair_IsRefused(string json) =>
        Assert.Contains("no text", Assert.Throws<InvalidFileException>(() => TableMetadataJson.Read(Encoding.UTF8.GetBytes(json), "m.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_SeveralFaults_AreAllNamed()
    {
        var json = JsonNode.Parse(TableMetadataJson.Write(Minimal(new Schema(0, [], []), Guid.NewGuid())))!;
        json["last-column-id"] = "three";
        json["default-spec-id"] = 7;
        json["current-snapshot-id"] = 5;
        json["refs"] = JsonNode.Parse("""{"audit":{"snapshot-id":6,"type":"bookmark"}}""");
        json.AsObject().Remove("table-uuid");
        var error = Assert.Throws<InvalidFileException>(() => TableMetadataJson.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), "m.json"));
        string[] expected =
        [
            "'m.json'", "'last-column-id' must be a 32-bit integer but is \"three\"", "'default-spec-id' is 7, which 'partition-specs' lacks",
            "'current-snapshot-id' is 5, which 'snapshots' lacks", "'refs.audit.type' must be branch or tag but is 'bookmark'", "'refs.audit.snapshot-id' is 6", "'table-uuid' is missing",
        ];
        Assert.All(expected, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_DamagedBytes_AreRefusedByType()
    {
        var written = TableMetadataJson.Write(Minimal(new Schema(0, [new(1, "a", new PrimitiveType(PrimitiveKind.Long), true)], [1]), Guid.NewGuid()));
        Gen.Select(Gen.Int[0, written.Length - 1], Gen.Byte, Gen.Int[0, written.Length]).Sample((at, value, length) =>
        {
            var damaged = written[..length];
            if (at < length)
            {
                damaged[at] = value;
            }

            try
            {
                _ = TableMetadataJson.Read(damaged, "m.json");
            }
            catch (IcebergException)
            {
                // Refused, as it should be.
            }
        });
    }

    private static TableMetadata Minimal(Schema schema, Guid uuid) => new()
    {
        FormatVersion = 2,
        TableUuid = uuid,
        Location = "file:///t",
        LastUpdatedMs = 1,
        LastColumnId = 1000,
        Schemas = [schema],
        CurrentSchemaId = schema.SchemaId,
        PartitionSpecs = [PartitionSpec.Unpartitioned],
        DefaultSpecId = 0,
        LastPartitionId = 999,
    };

    private static TableMetadata Read(string file) => TableMetadataJson.Read(File.ReadAllBytes(file), file);

    private static JsonNode Document(string file) => JsonNode.Parse(MetadataFixtures.Text(file))!;

    // What the source says must be said by what we wrote; what version 2 leaves out, or says by default, is excepted by name.
    private static void AssertSays(JsonNode? source, JsonNode? written, string path)
    {
        switch (source)
        {
            case null:
                Assert.True(written is null || path.EndsWith("current-snapshot-id", StringComparison.Ordinal), $"{path} was null");
                break;
            case JsonObject from:
                foreach (var (name, value) in from)
                {
                    var isGone = value is null || name is "schema" or "partition-spec" || (name == "identifier-field-ids" && value.AsArray().Count == 0);
                    if (!isGone)
                    {
                        Assert.True(written!.AsObject().ContainsKey(name), $"{path}.{name} was not written");
                        AssertSays(value, written[name], $"{path}.{name}");
                    }
                }

                break;
            case JsonArray from:
                Assert.Equal(from.Count, written!.AsArray().Count);
                for (var i = 0; i < from.Count; i++)
                {
                    AssertSays(from[i], written[i], $"{path}[{i}]");
                }

                break;
            case JsonValue number when number.TryGetValue(out ulong bits):
                // Snapshot ids above the largest signed number are written as the same 64 bits.
                Assert.Equal(bits, unchecked((ulong)written!.GetValue<long>()));
                break;
            default:
                Assert.Equal(Text(source), Text(written!));
                break;
        }

        // Spelling that carries no meaning: spaces in type names, plural transforms, a trailing slash.
        static string Text(JsonNode node) => node.ToJsonString().Replace(" ", "", StringComparison.Ordinal).Replace("s\"", "\"", StringComparison.Ordinal).TrimEnd('"').TrimEnd('/');
    }
}
