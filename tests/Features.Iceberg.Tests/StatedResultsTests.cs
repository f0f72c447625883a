using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Testing;

namespace Features.Iceberg;

/// <summary>Queries whose results Impala and DuckDB state in their own tests: the rows are read by this library, and DuckDB only evaluates the query over them.</summary>
public sealed partial class StatedResultsTests
{
    /// <summary>The source, and how many of its queries are at least asked.</summary>
    [Theory]
    [InlineData("impala", 143)]
    [InlineData("duckdb-iceberg", 79)]
    public async Task Query_OverTheRowsRead_HasTheStatedResult(string source, int atLeast)
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        var inventory = FixtureTable.Inventory(source)!;
        var byName = inventory.GroupBy(t => source == "impala" ? Path.GetFileName(t.GetProperty("table").GetString()!) : t.GetProperty("table").GetString()!).ToDictionary(g => g.Key, g => g.First());
        using var expected = JsonDocument.Parse(await File.ReadAllBytesAsync(Fixtures.Find("iceberg", source, "expected.json")!));
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        var (asked, faults) = (0, new List<string>());
        foreach (var entry in expected.RootElement.EnumerateArray())
        {
            var text = entry.GetProperty("query").GetString()!;
            // A catalog's policy masks what these would show.
            if (!StatedQuery.IsAsked(text) || entry.GetProperty("source").GetString() == "iceberg-rest-fgac.test")
            {
                continue;
            }

            asked++;
            // The results of these tests were printed where its author lives.
            Run(duck, $"SET TimeZone = '{((text.Contains("partition_timestamptz", StringComparison.Ordinal) || text.Contains("add_columns_with_defaults", StringComparison.Ordinal)) ? "Europe/Amsterdam" : "UTC")}'");
            var query = source == "impala" ? StatedQuery.Impala(text, byName.Keys) : StatedQuery.DuckDb(text);
            try
            {
                var stated = entry.GetProperty("results").EnumerateArray().Select(r => Normal(r.GetString()!, source)).Order(StringComparer.Ordinal).ToList();
                var rows = (await AnswerAsync(duck, source, query, byName)).Select(r => Normal(r, "duckdb-iceberg")).Order(StringComparer.Ordinal).ToList();
                // Types that one engine does not print say nothing of the value.
                var unprinted = stated.Where(s => s.Contains("<unsupported-type>", StringComparison.Ordinal)).Select(s => s[..(s.IndexOf('\t', StringComparison.Ordinal) + 1)]).ToHashSet();
                if (!stated.Where(s => !unprinted.Any(u => s.StartsWith(u, StringComparison.Ordinal))).SequenceEqual(rows.Where(s => !unprinted.Any(u => s.StartsWith(u, StringComparison.Ordinal)))))
                {
                    faults.Add($"{text}\n  stated: {string.Join(" | ", stated.Except(rows).Take(5))}\n  read:   {string.Join(" | ", rows.Except(stated).Take(5))}");
                }
            }
            catch (Exception fault) when (fault is IcebergException or DuckDBException or KeyNotFoundException or InvalidCastException)
            {
                faults.Add($"{text}\n  {fault.Message}");
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} of {asked}:\n{string.Join('\n', faults)}");
        Assert.True(asked >= atLeast, $"{asked} queries were asked");
    }

    [Fact]
    public async Task NestedColumns_OfAMigratedTableWithAnotherSchemasMapping_AreRead()
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        var entry = FixtureTable.Inventory("impala")!.First(t => t.GetProperty("table").GetString() == "iceberg_migrated_complex_test");
        var table = await FixtureTable.OpenAsync("impala", entry);
        // As Impala's queries of each collection state them.
        Assert.Equal(["(([0],'A',{True:1}),{2:3},((" + Rows.Text(0.5f) + ",{'B':" + Rows.Text(1.5) + "},[4]),{5:6}))"], (await ReadAsync(table.NewScan())).Rows.Select(r => Rows.Text(r)));
    }

    private static async Task<List<string>> AnswerAsync(DuckDBConnection duck, string source, StatedQuery query, Dictionary<string, JsonElement> tables)
    {
        for (var i = 0; i < query.Uses.Count; i++)
        {
            var use = query.Uses[i];
            var table = await FixtureTable.OpenAsync(source, tables[use.Table], use.MetadataFile);
            var scan = table.NewScan();
            scan = use.Snapshot is { } snapshot ? scan with { SnapshotId = long.Parse(snapshot, CultureInfo.InvariantCulture) } : scan;
            string[] lineage = [.. new[] { "_row_id", "_last_updated_sequence_number" }.Where(c => query.Sql.Contains(c, StringComparison.Ordinal))];
            if (lineage.Length > 0)
            {
                scan = scan with { Columns = [.. table.Metadata.CurrentSchema.Fields.Select(f => f.Name), .. lineage] };
            }

            var (schema, rows) = await ReadAsync(scan);
            // Tables of so many values are only ever counted.
            var isLarge = rows.Count * schema.Fields.Count > 30_000;
            var columns = schema.Fields.Take(isLarge ? 1 : schema.Fields.Count).ToList();
            Run(duck, $"CREATE OR REPLACE TABLE stated_{i} ({string.Join(", ", columns.Select((c, k) => $"\"{c.Name}{(columns.Take(k).Any(o => o.Name.Equals(c.Name, StringComparison.OrdinalIgnoreCase)) ? "_1" : "")}\" {SqlType(c.Type)}"))})");
            foreach (var chunk in rows.Chunk(1_000))
            {
                Run(duck, $"INSERT INTO stated_{i} VALUES {string.Join(", ", chunk.Select(r => $"({string.Join(", ", columns.Select((c, k) => isLarge ? "NULL" : Literal(r[k], c.Type)))})"))}");
            }
        }

        using var command = duck.CreateCommand();
#pragma warning disable CA2100 // The fixtures' own text.
        command.CommandText = $"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({query.Sql})";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var answer = new List<string>();
        while (reader.Read())
        {
            answer.Add(string.Join('\t', Enumerable.Range(0, reader.FieldCount).Select(c => reader.IsDBNull(c) ? "NULL" : reader.GetString(c))));
        }

        return answer;
    }

    private static async Task<(Schema Schema, List<object?[]> Rows)> ReadAsync(TableScan scan)
    {
        var plan = await scan.PlanAsync(default);
        var rows = new List<object?[]>();
        await foreach (var batch in new ScanReader(new ParquetNetFormat(scan.Table.Storage), scan.Table.Storage).ReadAsync(plan, default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, plan.Projection));
            }
        }

        return (plan.Projection, rows);
    }

    private static void Run(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
#pragma warning disable CA2100 // The test's own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static string SqlType(IcebergType type) => type switch
    {
        StructType s => $"STRUCT({string.Join(", ", s.Fields.Select(f => $"\"{f.Name}\" {SqlType(f.Type)}"))})",
        ListType l => $"{SqlType(l.Element)}[]",
        MapType m => $"MAP({SqlType(m.Key)}, {SqlType(m.Value)})",
        PrimitiveType p => p.Kind switch
        {
            PrimitiveKind.Boolean => "BOOLEAN",
            PrimitiveKind.Int => "INTEGER",
            PrimitiveKind.Long => "BIGINT",
            PrimitiveKind.Float => "FLOAT",
            PrimitiveKind.Double => "DOUBLE",
            PrimitiveKind.Decimal => $"DECIMAL({p.Precision},{p.Scale})",
            PrimitiveKind.Date => "DATE",
            PrimitiveKind.Time => "TIME",
            PrimitiveKind.Timestamp => "TIMESTAMP",
            PrimitiveKind.TimestampTz => "TIMESTAMPTZ",
            PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => "TIMESTAMP_NS",
            PrimitiveKind.Uuid => "UUID",
            PrimitiveKind.Fixed or PrimitiveKind.Binary => "BLOB",
            _ => "VARCHAR",
        },
        _ => throw new InvalidCastException($"no SQL type for {type}"),
    };

    private static string Literal(object? value, IcebergType type) => (value, type) switch
    {
        (null, _) => "NULL",
        (object?[] fields, StructType s) => $"struct_pack({string.Join(", ", s.Fields.Select((f, i) => $"\"{f.Name}\" := {Literal(fields[i], f.Type)}"))})",
        (List<object?> items, ListType l) => $"[{string.Join(", ", items.Select(i => Literal(i, l.Element)))}]",
        (List<KeyValuePair<object, object?>> pairs, MapType m) => $"MAP([{string.Join(", ", pairs.Select(p => Literal(p.Key, m.Key)))}], [{string.Join(", ", pairs.Select(p => Literal(p.Value, m.Value)))}])",
        (byte[] bytes, _) => $"from_hex('{Convert.ToHexString(bytes)}')",
        (int days, PrimitiveType { Kind: PrimitiveKind.Date }) => $"(DATE '1970-01-01' + ({days}))",
        (long micros, PrimitiveType { Kind: PrimitiveKind.Time }) => $"(TIME '00:00:00' + to_microseconds({micros}))",
        (long micros, PrimitiveType { Kind: PrimitiveKind.Timestamp }) => $"make_timestamp({micros}::BIGINT)",
        (long micros, PrimitiveType { Kind: PrimitiveKind.TimestampTz }) => $"to_timestamp({micros} / 1000000.0)",
        (long nanos, PrimitiveType { Kind: PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs }) => $"make_timestamp_ns({nanos}::BIGINT)",
        (BigInteger unscaled, PrimitiveType p) => $"'{(unscaled.Sign < 0 ? "-" : "")}{BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(p.Scale + 1, '0').Insert(Math.Max(BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).Length, p.Scale + 1) - p.Scale, ".")}'::{SqlType(p)}",
        _ => $"'{Convert.ToString(value, CultureInfo.InvariantCulture)!.Replace("'", "''", StringComparison.Ordinal)}'::{SqlType(type)}",
    };

    /// <summary>A result's cells, tab-separated, as both engines print them: numbers by value, times without trailing zeros.</summary>
    private static string Normal(string row, string source) => string.Join('\t', (source == "impala" ? ImpalaCell().Matches(row).Select(m => m.Groups["cell"].Value) : row.Split('\t')).Select(cell =>
    {
        var text = cell is ['\'', .. var inner, '\''] ? inner.Replace(@"\\", @"\", StringComparison.Ordinal) : cell;
        text = text switch { "(empty)" => "", "true" => "1", "false" => "0", _ => text };
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? ((float)number).ToString("R", CultureInfo.InvariantCulture)
            : Zeros().Replace(Zone().Replace(IsoTime().Replace(text, "$1 $2"), ""), "$1");
    }));

    [GeneratedRegex("(?:^|,)(?<cell>'(?:[^'])*'|[^,]*)")]
    private static partial Regex ImpalaCell();

    [GeneratedRegex(@"(\d{4}-\d\d-\d\d)T(\d\d:)")]
    private static partial Regex IsoTime();

    [GeneratedRegex(@"(?<=\d\d:\d\d:\d\d(\.\d+)?)\+00:00")]
    private static partial Regex Zone();

    [GeneratedRegex(@"(\d\d:\d\d:\d\d(?:\.\d*[1-9])?)\.?0+(?!\d)")]
    private static partial Regex Zeros();
}
