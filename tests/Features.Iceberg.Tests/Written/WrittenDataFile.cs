using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Avro.Generic;
using DuckDB.NET.Data;
using static Features.Iceberg.Written.WrittenTable;

namespace Features.Iceberg.Written;

/// <summary>A data file, as its manifest describes it and as DuckDB finds it.</summary>
internal static class WrittenDataFile
{
    private const string Data = "Manifests, data_file", Metrics = "Manifests, metrics", Bounds = "Manifests, bounds", Parquet = "Appendix A: Parquet";

    /// <summary>Checks it and returns its path.</summary>
    public static string Check(JsonElement metadata, JsonElement schema, JsonElement spec, GenericRecord file)
    {
        var path = (string)file["file_path"];
        Rule((int)file["content"] == 0 && (string)file["file_format"] == "PARQUET", Data, "it is data, and its format is spelt as the specification does");
        Rule(path.StartsWith(Text(metadata, "location") + "/", StringComparison.Ordinal), Data, "file_path is the whole location");
        Rule(new FileInfo(path).Length == (long)file["file_size_in_bytes"], Data, "file_size_in_bytes is the file's");
        Rule(file["key_metadata"] is null && file["equality_ids"] is null && file["referenced_data_file"] is null, Data, "what belongs to encryption and deletes is null");
        var order = Only(metadata.GetProperty("sort-orders"), "order-id", (int)file["sort_order_id"]);
        var leaves = Fields(schema).Where(f => f.Type.ValueKind == JsonValueKind.String).ToDictionary(f => f.Id, f => f.Type.GetString()!);
        var (sizes, values, nulls, nans) = (Map<long>(file, "column_sizes"), Map<long>(file, "value_counts"), Map<long>(file, "null_value_counts"), Map<long>(file, "nan_value_counts"));
        Assert.All(new[] { sizes, values, nulls }, map => Rule(map.Keys.ToHashSet().SetEquals(leaves.Keys), Metrics, "there is a size, a count and a null count for every column that holds values"));
        Rule(nans.Keys.ToHashSet().SetEquals(leaves.Where(l => l.Value is "float" or "double").Select(l => l.Key)), Metrics, "there is a NaN count for every floating-point column, and no other");
        Rule(leaves.Keys.All(id => nulls[id] <= values[id]), Metrics, "nulls are among the values");

        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        CheckShape(duck, path, schema, file, sizes);
        foreach (var field in schema.GetProperty("fields").EnumerateArray().Where(f => f.GetProperty("type").ValueKind == JsonValueKind.String))
        {
            CheckColumn(duck, path, file, field, values, nulls, nans);
        }

        CheckPartition(duck, path, schema, spec, file);
        CheckOrder(duck, path, schema, order);
        return path;
    }

    /// <summary>The columns as Parquet types with field ids, and row groups where the manifest says.</summary>
    private static void CheckShape(DuckDBConnection duck, string path, JsonElement schema, GenericRecord file, Dictionary<int, long> sizes)
    {
        var types = Fields(schema).ToDictionary(f => f.Id, f => f.Type.ValueKind == JsonValueKind.String ? f.Type.GetString()! : "");
        var nodes = Rows(duck, $"SELECT name, field_id, type, coalesce(logical_type, ''), type_length, repetition_type, num_children, coalesce(converted_type, '') FROM parquet_schema('{path}')").Skip(1).ToList();
        Rule(nodes.All(n => n[1] is not null || (n[5] is "REPEATED" && n[6] is not null)), Parquet, "every column has its field id, but the repeated groups of lists and maps");
        Rule(nodes.Where(n => n[1] is not null).Select(n => int.Parse(n[1]!, CultureInfo.InvariantCulture)).ToHashSet().SetEquals(types.Keys), Parquet, "the field ids are those of the schema");
        foreach (var node in nodes.Where(n => n[1] is not null && types[int.Parse(n[1]!, CultureInfo.InvariantCulture)].Length > 0))
        {
            var type = types[int.Parse(node[1]!, CultureInfo.InvariantCulture)];
            var (physical, logical) = (node[2], node[3]!);
            Rule(type switch
            {
                "boolean" => physical == "BOOLEAN",
                "int" => physical == "INT32",
                "long" => physical == "INT64",
                "float" => physical == "FLOAT",
                "double" => physical == "DOUBLE",
                "date" => physical == "INT32" && (logical.StartsWith("DateType", StringComparison.Ordinal) || node[7] is "DATE"),
                "time" => physical == "INT64" && logical.StartsWith("TimeType(isAdjustedToUTC=0", StringComparison.Ordinal) && logical.Contains("MICROS=MicroSeconds()", StringComparison.Ordinal),
                "timestamp" => physical == "INT64" && logical.StartsWith("TimestampType(isAdjustedToUTC=0", StringComparison.Ordinal) && logical.Contains("MICROS=MicroSeconds()", StringComparison.Ordinal),
                "timestamptz" => physical == "INT64" && logical.StartsWith("TimestampType(isAdjustedToUTC=1", StringComparison.Ordinal) && logical.Contains("MICROS=MicroSeconds()", StringComparison.Ordinal),
                "string" => physical == "BYTE_ARRAY" && (logical.StartsWith("StringType", StringComparison.Ordinal) || node[7] is "UTF8"),
                "uuid" => physical == "FIXED_LEN_BYTE_ARRAY" && node[4] == "16" && logical.StartsWith("UUIDType", StringComparison.Ordinal),
                "binary" => physical == "BYTE_ARRAY" && logical.Length == 0 && node[7] is "",
                _ when type.StartsWith("fixed", StringComparison.Ordinal) => physical == "FIXED_LEN_BYTE_ARRAY" && $"fixed[{node[4]}]" == type,
                _ => Decimal(type) is var (precision, scale) && logical == $"DecimalType(scale={scale}, precision={precision})"
                    && physical == (precision <= 9 ? "INT32" : precision <= 18 ? "INT64" : "FIXED_LEN_BYTE_ARRAY"),
            }, Parquet, $"column '{node[0]}' of type {type} is not {physical} {logical}");
        }

        var groups = Rows(duck, $"SELECT row_group_id, min(coalesce(dictionary_page_offset, data_page_offset)) FROM parquet_metadata('{path}') GROUP BY ALL ORDER BY row_group_id");
        Rule(((object[])file["split_offsets"]).Select(o => $"{o}").SequenceEqual(groups.Select(g => g[1]!)), Data, "split_offsets are where the row groups begin, ascending");
        Rule(Rows(duck, $"SELECT num_rows FROM parquet_file_metadata('{path}')")[0][0] == $"{file["record_count"]}", Data, "record_count is the file's");
        Rule(Rows(duck, $"SELECT sum(total_compressed_size)::BIGINT FROM parquet_metadata('{path}')")[0][0] == $"{sizes.Values.Sum()}", Metrics, "column_sizes are the bytes on disk");
    }

    private static void CheckColumn(DuckDBConnection duck, string path, GenericRecord file, JsonElement field, Dictionary<int, long> values, Dictionary<int, long> nulls, Dictionary<int, long> nans)
    {
        var (id, type, name) = ((int)Number(field, "id"), Text(field, "type"), $"\"{Text(field, "name").Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        var isFloating = type is "float" or "double";
        // As whole numbers and text, so that nothing is rounded on the way.
        var plain = type switch
        {
            "date" => $"({name} - DATE '1970-01-01')",
            "timestamp" or "timestamptz" => $"epoch_us({name})",
            "time" => $"(epoch_us(DATE '1970-01-01' + {name}))",
            "boolean" => $"{name}::INTEGER",
            "binary" => $"hex({name})",
            _ when type.StartsWith("fixed", StringComparison.Ordinal) => $"hex({name})",
            _ => name,
        };
        var bounded = isFloating ? $"FILTER (NOT isnan({name}))" : "";
        var row = Rows(duck, $"SELECT count(*), count(*) - count({name}), {(isFloating ? $"count(*) FILTER (isnan({name}))" : "0")}, min({plain}) {bounded}, max({plain}) {bounded} FROM '{path}'")[0];
        Rule(row[0] == $"{values[id]}" && row[1] == $"{nulls[id]}", Metrics, $"value and null counts of {name} are the file's");
        Rule(!isFloating || row[2] == $"{nans[id]}", Metrics, $"the NaN count of {name} is the file's");

        var (lowers, uppers) = (Map<byte[]>(file, "lower_bounds"), Map<byte[]>(file, "upper_bounds"));
        Rule(lowers.ContainsKey(id) == row[3] is not null, Bounds, $"{name} has bounds where it has a value that is neither null nor NaN");
        if (row[3] is null)
        {
            return;
        }

        if (type is "string")
        {
            var (lower, upper) = (Encoding.UTF8.GetString(lowers[id]), uppers.TryGetValue(id, out var u) ? Encoding.UTF8.GetString(u) : null);
            Rule(lower == new string([.. Truncated(row[3]!)]), Bounds, $"the lower bound of {name} is its first 16 code points");
            Rule(upper is null || (upper.EnumerateRunes().Count() <= 16 && Compare(upper, row[4]!) >= 0), Bounds, $"the upper bound of {name} has at most 16 code points and is not less than any value");
            return;
        }

        if (type is "binary")
        {
            Rule(row[3]!.StartsWith(Convert.ToHexString(lowers[id]), StringComparison.Ordinal) && lowers[id].Length <= 16, Bounds, $"the lower bound of {name} is its first 16 bytes");
            Rule(!uppers.TryGetValue(id, out var most) || (most.Length <= 16 && string.CompareOrdinal(Convert.ToHexString(most), row[4]) >= 0), Bounds, $"the upper bound of {name} is not less than any value");
            return;
        }

        Rule((Single(lowers[id], type), Single(uppers[id], type)) == (Canonical(row[3]!, type), Canonical(row[4]!, type)), Bounds, $"the bounds of {name} are {row[3]} and {row[4]}");
    }

    /// <summary>The files of a day hold that day alone.</summary>
    private static void CheckPartition(DuckDBConnection duck, string path, JsonElement schema, JsonElement spec, GenericRecord file)
    {
        var partition = (GenericRecord)file["partition"];
        foreach (var (field, i) in spec.GetProperty("fields").EnumerateArray().Select((f, i) => (f, i)).Where(f => Text(f.f, "transform") is "day"))
        {
            var name = $"\"{Text(Only(schema.GetProperty("fields"), "id", Number(field, "source-id")), "name")}\"";
            var days = Rows(duck, $"SELECT DISTINCT epoch_us(date_trunc('day', {name}::TIMESTAMP)) // 86400000000 FROM '{path}'");
            var day = partition.GetValue(i);
            Rule(days.Count == 1 && days[0][0] == (day is DateTime d ? $"{(d - DateTime.UnixEpoch).Days}" : day is null ? null : $"{day}"), "Partition Transforms", $"every row of a file has its day of {name}");
        }
    }

    /// <summary>Only orders of columns as they are; a transform's order is coarser than its column's.</summary>
    private static void CheckOrder(DuckDBConnection duck, string path, JsonElement schema, JsonElement order)
    {
        var fields = order.GetProperty("fields").EnumerateArray().Select(f => (
            Name: $"\"{Text(Only(schema.GetProperty("fields"), "id", Number(f, "source-id")), "name")}\"",
            Order: $"{Text(f, "direction")} {Text(f, "null-order").Replace('-', ' ')}")).ToList();
        if (fields.Count > 0)
        {
            var keys = string.Join(", ", fields.Select(f => f.Name));
            var sorted = string.Join(", ", fields.Select(f => $"{f.Name} {f.Order}"));
            var rows = Rows(duck, $"SELECT {keys} FROM read_parquet('{path}', file_row_number = true) ORDER BY file_row_number");
            Rule(rows.Select(r => string.Join('|', r)).SequenceEqual(Rows(duck, $"SELECT {keys} FROM '{path}' ORDER BY {sorted}").Select(r => string.Join('|', r))), "Sorting", "a file that names a sort order is in it");
        }
    }

    /// <summary>"Appendix D: Single-value serialization", binary.</summary>
    private static string Single(byte[] bytes, string type) => type switch
    {
        "boolean" => $"{bytes.Single()}",
        "int" or "date" => $"{BinaryPrimitives.ReadInt32LittleEndian(bytes)}",
        "long" or "time" or "timestamp" or "timestamptz" => $"{BinaryPrimitives.ReadInt64LittleEndian(bytes)}",
        "float" => Canonical(BinaryPrimitives.ReadSingleLittleEndian(bytes).ToString("R", CultureInfo.InvariantCulture), type),
        "double" => Canonical(BinaryPrimitives.ReadDoubleLittleEndian(bytes).ToString("R", CultureInfo.InvariantCulture), type),
        "uuid" => $"{new Guid(bytes, bigEndian: true)}",
        _ when type.StartsWith("fixed", StringComparison.Ordinal) => Convert.ToHexString(bytes),
        _ => $"{new BigInteger(bytes, isBigEndian: true)}",
    };

    private static string Canonical(string text, string type) => type switch
    {
        "float" => $"{(float)Floating(text) + 0.0f:R}",
        "double" => $"{Floating(text) + 0.0:R}",
        _ when type.StartsWith("decimal", StringComparison.Ordinal) => $"{BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)}",
        _ => text,
    };

    /// <summary>A number, or DuckDB's words for the infinite ones.</summary>
    private static double Floating(string text) => text switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static (int Precision, int Scale) Decimal(string type)
    {
        var numbers = type["decimal(".Length..^1].Split(',');
        return (int.Parse(numbers[0], CultureInfo.InvariantCulture), int.Parse(numbers[1], CultureInfo.InvariantCulture));
    }

    private static IEnumerable<char> Truncated(string text) => text.EnumerateRunes().Take(16).SelectMany(r => r.ToString());

    private static int Compare(string left, string right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private static Dictionary<int, T> Map<T>(GenericRecord file, string name) =>
        ((object[])file[name]).Cast<GenericRecord>().ToDictionary(e => (int)e["key"], e => (T)e["value"]);

    private static List<string?[]> Rows(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
#pragma warning disable CA2100 // The test's own text.
        command.CommandText = $"SELECT COLUMNS(*)::VARCHAR FROM ({sql})";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<string?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        }

        return rows;
    }
}
