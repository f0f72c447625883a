using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.DataFiles.ParquetReading;
using Features.Iceberg.DataFiles.Variants;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Testing;

namespace Features.Iceberg.Tests.DataFiles.ParquetReading;

/// <summary>Parquet files by other writers, each column as the type that the file itself gives it.</summary>
public partial class ForeignParquetTests
{
    /// <summary>Files that may not be read, by a part of the reason; every other file is.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["bad_data/ARROW-GH-41317.parquet"] = "",
        ["bad_data/ARROW-GH-41321.parquet"] = "",
        ["bad_data/ARROW-GH-45185.parquet"] = "begins within a list",
        ["bad_data/ARROW-GH-47662.parquet"] = "",
        ["bad_data/ARROW-RS-GH-6229-DICTHEADER.parquet"] = "",
        ["bad_data/ARROW-RS-GH-6229-LEVELS.parquet"] = "",
        ["bad_data/PARQUET-1481.parquet"] = "unknown physical type",
        ["data/datapage_v1-corrupt-checksum.parquet"] = "checksum",
        ["data/rle-dict-uncompressed-corrupt-checksum.parquet"] = "checksum",
        // One value of more than a gibibyte.
        ["data/large_string_map.brotli.parquet"] = "1 GiB",
    };

    public static TheoryData<string> Hyparquet() => Files("hyparquet");

    public static TheoryData<string> Encodings() => Files("iceberg-java-encodings");

    public static TheoryData<string> ParquetTesting() => Files("parquet-testing");

    [Theory]
    [MemberData(nameof(Hyparquet))]
    public async Task File_WithStatedRows_HasThem(string file)
    {
        Assert.SkipWhen(file.Length == 0, "the Parquet fixtures are not here");
        var path = Fixtures.Find("parquet", file)!;
        var (schema, rows) = await ReadAsync(path);
        using var expected = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.ChangeExtension(path, ".json")));
        var stated = expected.RootElement.EnumerateArray().ToList();
        Assert.Equal(stated.Count, rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            for (var c = 0; c < schema.Fields.Count; c++)
            {
                var column = int.Parse(schema.Fields[c].Doc!, CultureInfo.InvariantCulture);
                Assert.True(Same(stated[i][column], rows[i][c], schema.Fields[c].Type), $"row {i}, column {schema.Fields[c].Name}: {stated[i][column]} is stated, and {Rows.Text(rows[i][c])} is read");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task File_InAnyEncoding_HasTheRowsOfThePlainOne(string file)
    {
        Assert.SkipWhen(file.Length == 0, "the Parquet fixtures are not here");
        var path = Fixtures.Find("parquet", file)!;
        var rows = (await ReadAsync(path)).Rows;
        var plain = Path.Combine(Path.GetDirectoryName(path)!, "..", "PLAIN", Path.GetFileName(path));
        Assert.NotEmpty(rows);
        if (File.Exists(plain) && (await ReadAsync(plain)).Rows is var same && same.Count == rows.Count)
        {
            Assert.Equal(same.Select(r => Rows.Text(r)), rows.Select(r => Rows.Text(r)));
        }
    }

    [Theory]
    [MemberData(nameof(ParquetTesting))]
    public async Task File_IsReadWholeOrRefusedForItsFault(string file)
    {
        Assert.SkipWhen(file.Length == 0, "the Parquet fixtures are not here");
        var path = Fixtures.Find("parquet", file)!;
        if (Refused.TryGetValue(file["parquet-testing/".Length..], out var reason))
        {
            var error = await Assert.ThrowsAnyAsync<IcebergException>(() => ReadAsync(path));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            return;
        }

        var rows = (await ReadAsync(path)).Rows;
        using var stated = JsonDocument.Parse(await File.ReadAllBytesAsync(Fixtures.Find("parquet", "parquetsharp-25.0.1.2-readback.json")!));
        Assert.Equal(stated.RootElement.EnumerateArray().First(f => f.GetProperty("file").GetString() == file) is var entry && entry.GetProperty("fullReadOk").GetBoolean()
            ? entry.GetProperty("rows").GetInt64()
            : rows.Count, rows.Count);
    }

    [Theory]
    [InlineData("delta_binary_packed")]
    [InlineData("delta_byte_array")]
    [InlineData("delta_encoding_optional_column")]
    [InlineData("delta_encoding_required_column")]
    public async Task File_OfDifferences_HasTheStatedValues(string name)
    {
        var path = Fixtures.Find("parquet", "parquet-testing", "data", name + ".parquet");
        Assert.SkipWhen(path is null, "the Parquet fixtures are not here");
        var (schema, rows) = await ReadAsync(path!);
        var lines = (await File.ReadAllLinesAsync(Path.Combine(Path.GetDirectoryName(path)!, name + "_expect.csv"))).Where(l => l.Length > 0).ToList();
        var columns = lines[0].Split(',').Select(c => c.Trim('"').TrimEnd(':')).ToList();
        Assert.Equal(lines.Count - 1, rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var cells = Cell().Matches(lines[i + 1]).Select(m => m.Groups["quoted"].Value).ToList();
            Assert.Equal(cells, Enumerable.Range(0, columns.Count).Select(c => Convert.ToString(rows[i][c], CultureInfo.InvariantCulture)));
        }

        Assert.Equal(columns.Count, schema.Fields.Count);
    }

    [Fact]
    public async Task Variant_Shredded_IsThatOfTheStatedBytes()
    {
        var folder = Fixtures.Find("parquet", "parquet-testing", "shredded_variant");
        Assert.SkipWhen(folder is null, "the Parquet fixtures are not here");
        using var cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder!, "cases.json")));
        var faults = new List<string>();
        foreach (var one in cases.RootElement.EnumerateArray().Where(c => c.TryGetProperty("parquet_file", out _)))
        {
            var file = one.GetProperty("parquet_file").GetString()!;
            List<string?>? stated = one.TryGetProperty("variant_file", out var single) ? [single.GetString()]
                : one.TryGetProperty("variant_files", out var many) ? [.. many.EnumerateArray().Select(m => m.GetString())] : null;
            try
            {
                var (schema, rows) = await ReadAsync(Path.Combine(folder!, file));
                var column = schema.Fields.ToList().FindIndex(f => f.Name == "var");
                var read = rows.Select(r => (string?)r[column]).ToList();
                var wanted = stated?.Select(s => s is null ? null : Json(File.ReadAllBytes(Path.Combine(folder!, s)))).ToList();
                if (wanted is null || !wanted.SequenceEqual(read))
                {
                    faults.Add($"{file}: {string.Join(" | ", read)} is read, and {(wanted is null ? "an error" : string.Join(" | ", wanted))} is stated");
                }
            }
            catch (IcebergException refused) when (stated is null || file.Contains("INVALID", StringComparison.Ordinal))
            {
                Assert.Contains(file, refused.Message, StringComparison.Ordinal);
            }
        }

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("encrypt_columns_and_footer.parquet.encrypted")]
    [InlineData("encrypt_columns_plaintext_footer.parquet.encrypted")]
    [InlineData("uniform_encryption.parquet.encrypted")]
    public async Task File_Encrypted_IsRefusedByName(string name)
    {
        var path = Fixtures.Find("parquet", "parquet-testing", "data", name);
        Assert.SkipWhen(path is null, "the Parquet fixtures are not here");
        var error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => ReadAsync(path!));
        Assert.Contains("ncryption", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The metadata and then the value stand in the file.</summary>
    private static string Json(byte[] bytes)
    {
        var width = (bytes[0] >> 6) + 1;
        var count = VariantLayout.Number(bytes, 1, width);
        var metadata = 1 + ((count + 2) * width) + VariantLayout.Number(bytes, 1 + ((count + 1) * width), width);
        return VariantValue.ToJson(bytes.AsSpan(0, metadata), bytes.AsSpan(metadata));
    }

    private static TheoryData<string> Files(string folder) => Fixtures.Find("parquet", folder) is not { } root ? [""]
        : [.. Directory.GetFiles(root, "*.parquet", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Path.Combine(root, ".."), f)).Where(f => !f.Contains("geo", StringComparison.Ordinal) && !f.Contains("shredded", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>The columns that a table type can hold, with their place in the file as their doc; and the rows.</summary>
    private static async Task<(Schema Schema, List<object?[]> Rows)> ReadAsync(string path)
    {
        FileFooter? footer = null;
        await using (var stream = File.OpenRead(path))
        {
            try
            {
                footer = await FileFooter.ReadAsync(stream, default);
            }
            catch (Exception fault) when (fault is InvalidDataException or NotSupportedException)
            {
                // Reading it as a table's says the same as a typed error.
            }
        }

        var fields = new List<NestedField>();
        if (footer is not null)
        {
            var ids = footer.Schema.Max(e => e.FieldId ?? 0);
            var roots = FileNode.Read(footer.Schema);
            for (var i = 0; i < roots.Count; i++)
            {
                if (InferredType.Field(roots[i], ref ids) is { } field)
                {
                    fields.Add(field with { Doc = i.ToString(CultureInfo.InvariantCulture) });
                }
            }
        }

        var schema = new Schema(0, fields, []);
        var task = new FileScanTask(
            new DataFile { FilePath = path, FileFormat = "PARQUET", Partition = [], RecordCount = footer?.RowCount ?? 0, FileSizeInBytes = new FileInfo(path).Length },
            path, PartitionSpec.Unpartitioned, schema, Filter.True, null, 0, []);
        var rows = new List<object?[]>();
        await foreach (var batch in new ParquetNetFormat(new LocalObjectStore()).ReadAsync(task, schema, default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, schema));
            }
        }

        return (schema, rows);
    }

    /// <summary>True if a value is that which hyparquet printed: 64-bit numbers and decimals as floating point, times as text, structs without their null fields.</summary>
    private static bool Same(JsonElement stated, object? read, IcebergType type)
    {
        switch (type)
        {
            case StructType s when read is object?[] fields:
                return s.Fields.Select((f, i) => (f, i)).All(p => Same(Member(stated, p.f.Name), fields[p.i], p.f.Type));
            // A repeated field cannot be null, but may be empty.
            case ListType when read is List<object?> { Count: 0 } && stated.ValueKind == JsonValueKind.Null:
                return true;
            case ListType l when read is List<object?> items:
                return stated.ValueKind == JsonValueKind.Array && stated.GetArrayLength() == items.Count && stated.EnumerateArray().Zip(items).All(p => Same(p.First, p.Second, l.Element));
            case MapType m when read is List<KeyValuePair<object, object?>> pairs:
                return stated.ValueKind == JsonValueKind.Object ? pairs.All(p => Same(Member(stated, Convert.ToString(p.Key, CultureInfo.InvariantCulture)!), p.Value, m.Value))
                    : stated.GetArrayLength() == pairs.Count && stated.EnumerateArray().Zip(pairs).All(p => Same(Member(p.First, "key"), p.Second.Key, m.Key) && Same(Member(p.First, "value"), p.Second.Value, m.Value));
            case PrimitiveType p:
                return SamePrimitive(stated, read, p);
            default:
                return read is null && stated.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;
        }
    }

    private static JsonElement Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : default;

    private static bool SamePrimitive(JsonElement stated, object? read, PrimitiveType type) => (stated.ValueKind, read) switch
    {
        (JsonValueKind.Null or JsonValueKind.Undefined, null or double.NaN or float.NaN or double.PositiveInfinity or double.NegativeInfinity or float.PositiveInfinity or float.NegativeInfinity) => true,
        (JsonValueKind.True or JsonValueKind.False, bool b) => stated.GetBoolean() == b,
        (JsonValueKind.Number, BigInteger unscaled) => Near(stated.GetDouble(), (double)unscaled / Math.Pow(10, type.Scale)),
        (JsonValueKind.Number, int or long or float or double) => Near(stated.GetDouble(), Convert.ToDouble(read, CultureInfo.InvariantCulture)),
        (JsonValueKind.String, int days) when type.Kind == PrimitiveKind.Date => stated.GetString()!.StartsWith(DateTime.UnixEpoch.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal),
        (JsonValueKind.String, long micros) when type.Kind is PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz =>
            stated.GetString() == Instant(micros, 1_000),
        (JsonValueKind.String, long nanos) when type.Kind is PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs =>
            stated.GetString() == Instant(nanos, 1_000_000),
        (JsonValueKind.String, string text) => stated.GetString() == text,
        (JsonValueKind.String, Guid uuid) => stated.GetString() == uuid.ToString(),
        (JsonValueKind.String, byte[] bytes) => stated.GetString() == Encoding.UTF8.GetString(bytes) || stated.GetString() == Encoding.Latin1.GetString(bytes),
        (JsonValueKind.Array or JsonValueKind.Object, byte[] or string) => true,
        _ => false,
    };

    private static string Instant(long value, long perMilli) =>
        DateTime.UnixEpoch.AddTicks((long)Math.Floor((double)value / perMilli) * TimeSpan.TicksPerMillisecond).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    [GeneratedRegex("(?:^|,)(?:\"(?<quoted>[^\"]*)\"|(?<quoted>[^\",]*))")]
    private static partial Regex Cell();

    private static bool Near(double stated, double read) => stated == read || Math.Abs(stated - read) <= 1e-6 * Math.Max(Math.Abs(stated), Math.Abs(read));
}
