using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Features.Testing;

namespace Features.Iceberg.Tests.Spec;

/// <summary>The metadata files of other writers, and what is wrong with those that are wrong.</summary>
internal static class MetadataFixtures
{
    private static readonly Dictionary<string, string> Faults = new()
    {
        // Rust's copy says version 3, which we read, but lacks what version 3 requires.
        ["table_metadata/TableMetadataUnsupportedVersion.json"] = "'schemas' is missing",
        ["TableMetadataUnsupportedVersion.json"] = "format version 42",
        ["TableMetadataV1MissingSchemaType.json"] = "'schema.type' is missing",
        ["TableMetadataV1NoValidSchema.json"] = "'schema' is missing",
        ["TableMetadataV2CurrentSchemaNotFound.json"] = "'current-schema-id' is 2, which 'schemas' lacks",
        ["TableMetadataV2MissingLastPartitionId.json"] = "'last-partition-id' is missing",
        ["TableMetadataV2MissingPartitionSpecs.json"] = "'partition-specs' is missing",
        ["TableMetadataV2MissingSchemas.json"] = "'schemas' is missing",
        ["TableMetadataV2MissingSortOrder.json"] = "'sort-orders' is missing",
        ["bad_iceberg_metadata.json"] = "not a JSON document",
    };

    /// <summary>Why a file must be refused (a part of the message); null if it is valid.</summary>
    public static string? FaultOf(string file) =>
        Faults.GetValueOrDefault($"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)}") ?? Faults.GetValueOrDefault(Path.GetFileName(file));

    /// <summary>All table metadata files of the fixtures.</summary>
    public static IReadOnlyList<string> Files()
    {
        var root = Fixtures.Find("iceberg");
        Assert.SkipWhen(root is null, "the shared fixtures are not here");
        return [.. Directory.EnumerateFiles(root, "*.json*", SearchOption.AllDirectories).Where(IsTableMetadata).Order(StringComparer.Ordinal)];
    }

    /// <summary>The document's text.</summary>
    public static string Text(string file)
    {
        var bytes = File.ReadAllBytes(file);
        if (bytes.AsSpan().StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]))
        {
            using var zstd = new ZstdSharp.Decompressor();
            return Encoding.UTF8.GetString(zstd.Unwrap(bytes));
        }

        if (bytes is not [0x1F, 0x8B, ..])
        {
            return Encoding.UTF8.GetString(bytes);
        }

        using var reader = new StreamReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    private static bool IsTableMetadata(string file)
    {
        if (FaultOf(file) is not null)
        {
            return true;
        }

        try
        {
            using var document = JsonDocument.Parse(Text(file));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("format-version", out _)
                && !document.RootElement.TryGetProperty("view-uuid", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
