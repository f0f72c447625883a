using System.Text;
using Features.Iceberg.Conformance;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>Pruning against brute force: whatever the rows, the spec and the filter, no file with a matching row is skipped, and no residual passes over a row that does not match.</summary>
public sealed class PruningTests
{
    private static readonly PrimitiveType[] Types =
    [
        new(PrimitiveKind.Int), new(PrimitiveKind.Long), new(PrimitiveKind.String), new(PrimitiveKind.Double), new(PrimitiveKind.Date),
        new(PrimitiveKind.Timestamp), new(PrimitiveKind.Decimal, 9, 2), new(PrimitiveKind.Boolean), new(PrimitiveKind.Float),
    ];

    private static readonly Schema Table = new(0, [.. Types.Select((t, i) => new NestedField(i + 1, $"c{i}", t, false))], []);

    private static readonly Transform[] Transforms =
    [
        Transform.Identity, new(TransformKind.Bucket, 3), new(TransformKind.Truncate, 3), new(TransformKind.Year), new(TransformKind.Month), new(TransformKind.Day), new(TransformKind.Hour), new(TransformKind.Void),
    ];

    [Fact]
    public void File_WithAMatchingRow_IsNeverSkipped() => Gen.Int[0, int.MaxValue - 1].Sample(
        seed =>
        {
            var random = new Random(seed);
            var spec = AnySpec(random);
            var metadata = MetadataOf(spec);
            var rows = Enumerable.Range(0, 12).Select(_ => Types.Select(t => Value(random, t)).ToArray()).ToList();
            var filter = AnyFilter(random, 3);
            var test = new FileTest(BoundFilter.Bind(filter, Table), metadata, Table);
            var files = rows.GroupBy(r => PartitionKey.Of(Partition(spec, r))).Select(g => (File: FileOf(g.Key.Values, [.. g], spec, random), Rows: g.ToList())).ToList();
            var manifest = ManifestOf(files.Select(f => f.File).ToList(), spec);
            foreach (var nanIsGreatest in new[] { false, true })
            {
                foreach (var (file, held) in files)
                {
                    var matches = held.Where(r => Matches(filter, r, nanIsGreatest) == true).ToList();
                    if (matches.Count > 0)
                    {
                        Assert.True(test.MightMatch(manifest), $"{filter} skipped the manifest of {Rows.Text(matches[0])}");
                        Assert.True(test.MightMatch(file, spec), $"{filter} skipped the file of {Rows.Text(matches[0])}");
                    }

                    // After pruning, the residual must tell the same rows as the filter; a file that was skipped has none.
                    var residual = test.Residual(file, spec);
                    if (test.MightMatch(file, spec))
                    {
                        Assert.Equal(matches, held.Where(r => Matches(residual, r, nanIsGreatest) == true));
                    }
                }
            }
        },
        iter: 5_000);

    [Theory]
    [InlineData(Comparison.Equal, 5, true)]
    [InlineData(Comparison.Equal, 11, false)]
    [InlineData(Comparison.Less, 1, false)]
    [InlineData(Comparison.LessOrEqual, 1, true)]
    [InlineData(Comparison.Greater, 10, false)]
    [InlineData(Comparison.GreaterOrEqual, 10, true)]
    public void File_OutsideTheFilter_IsSkipped(Comparison comparison, int value, bool read)
    {
        var file = FileOf([], [Row(0, 1), Row(0, 10)], PartitionSpec.Unpartitioned, null);
        var test = new FileTest(BoundFilter.Bind(Filter.Compare("c0", comparison, value), Table), MetadataOf(PartitionSpec.Unpartitioned), Table);
        Assert.Equal(read, test.MightMatch(file, PartitionSpec.Unpartitioned));
    }

    [Fact]
    public void Day_BeforeTheFilter_IsSkippedByThePartitionAlone()
    {
        const long day = 86_400_000_000;
        var spec = new PartitionSpec(0, [new(6, 1000, "d", new Transform(TransformKind.Day))]);
        var test = new FileTest(BoundFilter.Bind(Filter.Compare("c5", Comparison.GreaterOrEqual, 2 * day).And(Filter.Compare("c5", Comparison.Less, 3 * day)), Table), MetadataOf(spec), Table);
        var read = Enumerable.Range(0, 5).Where(d => test.MightMatch(new DataFile { FilePath = "f", FileFormat = "PARQUET", Partition = [d], RecordCount = 1, FileSizeInBytes = 1 }, spec));
        Assert.Equal([2], read);
    }

    [Theory]
    [InlineData(TransformKind.Identity, 5L, true)]
    [InlineData(TransformKind.Identity, 6L, false)]
    [InlineData(TransformKind.Identity, 1L << 40, true)]
    [InlineData(TransformKind.Truncate, 5L, true)]
    [InlineData(TransformKind.Truncate, 6L, false)]
    public void Partition_OfAColumnWidenedSince_IsComparedUnderTheSchemaBefore(TransformKind kind, long partition, bool read)
    {
        var spec = new PartitionSpec(0, [new(1, 1000, "p", new Transform(kind, kind == TransformKind.Truncate ? 1 : 0))]);
        var widened = Table with { SchemaId = 1, Fields = [Table.Fields[0] with { Type = new PrimitiveType(PrimitiveKind.Long) }, .. Table.Fields.Skip(1)] };
        var test = new FileTest(BoundFilter.Bind(Filter.Compare("c0", Comparison.Equal, 5), Table), MetadataOf(spec) with { Schemas = [Table, widened], CurrentSchemaId = 1 }, Table);
        var file = new DataFile { FilePath = "f", FileFormat = "PARQUET", Partition = [partition], RecordCount = 1, FileSizeInBytes = 1 };
        Assert.Equal(read, test.MightMatch(file, spec));
        Assert.Equal(partition == 5 && kind == TransformKind.Identity, test.Residual(file, spec) == Filter.True);
    }

    // Bounds as other engines have written them: cut after 16 bytes and not raised, followed by what stood behind them in a buffer, turned around.
    [Theory]
    [InlineData("0123456789abcdef", "0123456789abcdef", "0123456789abcdef0123")]
    [InlineData("0123456789abcdef", "0123456789abcdef", "0123456789abcdef")]
    [InlineData("fifteen letters\0", "zz", "fifteen letters")]
    [InlineData("zz", "aa", "mm")]
    public void Bounds_ThatWritersGotWrong_HideNoRow(string lower, string upper, string value)
    {
        var file = new DataFile
        {
            FilePath = "f", FileFormat = "PARQUET", Partition = [], RecordCount = 2, FileSizeInBytes = 1, ValueCounts = new Dictionary<int, long> { [3] = 2 }, NullValueCounts = new Dictionary<int, long> { [3] = 0 },
            LowerBounds = new Dictionary<int, byte[]> { [3] = Encoding.UTF8.GetBytes(lower) }, UpperBounds = new Dictionary<int, byte[]> { [3] = Encoding.UTF8.GetBytes(upper) },
        };
        var spec = new PartitionSpec(0, [new(3, 1000, "p", Transform.Identity)]);
        var manifest = new ManifestFile
        {
            ManifestPath = "m", ManifestLength = 1, PartitionSpecId = 0, AddedSnapshotId = 1, Partitions = [new(false, false, file.LowerBounds[3], file.UpperBounds[3])],
        };
        foreach (var filter in new[] { Filter.Compare("c2", Comparison.Equal, value), Filter.Compare("c2", Comparison.GreaterOrEqual, value), Filter.Compare("c2", Comparison.StartsWith, value), Filter.Compare("c2", Comparison.NotEqual, value[..1]) })
        {
            var test = new FileTest(BoundFilter.Bind(filter, Table), MetadataOf(spec), Table);
            Assert.True(test.MightMatch(manifest), $"{filter}");
            Assert.True(test.MightMatch(file, PartitionSpec.Unpartitioned), $"{filter}");
        }

        // Nor is a filter taken for surely true of all rows.
        var one = Filter.Compare("c2", Comparison.LessOrEqual, value).And(Filter.Compare("c2", Comparison.Equal, value));
        Assert.NotEqual(Filter.True, new FileTest(BoundFilter.Bind(one, Table), MetadataOf(spec), Table).Residual(file, PartitionSpec.Unpartitioned));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("""[{"names":["c0","c1"],"field-id":1},{"names":["c1"],"field-id":2}]""", false)]
    [InlineData("""[{"names":["c0"],"field-id":1}]""", true)]
    [InlineData("[]", true)]
    public void Metrics_OfAColumnThatTheNameMappingLacks_RuleNothingOut(string? mapping, bool isRead)
    {
        var spec = new PartitionSpec(0, []);
        var metadata = MetadataOf(spec) with { Properties = mapping is null ? new Dictionary<string, string>() : new() { ["schema.name-mapping.default"] = mapping } };
        var file = new DataFile { FilePath = "f", FileFormat = "PARQUET", Partition = [], RecordCount = 5, FileSizeInBytes = 1, ValueCounts = new Dictionary<int, long> { [2] = 5 }, NullValueCounts = new Dictionary<int, long> { [2] = 0 } };
        var isNull = Filter.Compare("c1", Comparison.IsNull);
        Assert.Equal(isRead, new FileTest(BoundFilter.Bind(isNull, Table), metadata, Table).MightMatch(file, spec));
        Assert.Equal(isRead, new FileTest(BoundFilter.Bind(isNull.Not(), Table), metadata, Table).Residual(file, spec) != Filter.True);
    }

    [Theory]
    [InlineData(5, 5, true)]
    [InlineData(0, 0, true)]
    [InlineData(10, 10, false)]
    public void ValueCounts_ThatLeaveNullsOut_HideNoRow(long values, long nulls, bool read)
    {
        var file = new DataFile
        {
            FilePath = "f", FileFormat = "PARQUET", Partition = [], RecordCount = 10, FileSizeInBytes = 1, ValueCounts = new Dictionary<int, long> { [1] = values }, NullValueCounts = new Dictionary<int, long> { [1] = nulls },
        };
        Assert.Equal(read, new FileTest(BoundFilter.Bind(Filter.Compare("c0", Comparison.Equal, 5), Table), MetadataOf(PartitionSpec.Unpartitioned), Table).MightMatch(file, PartitionSpec.Unpartitioned));
    }

    [Fact]
    public void Filter_WithFaults_IsRefusedWithAllOfThem()
    {
        var filter = Filter.Compare("nope", Comparison.Equal, 1).And(Filter.Compare("c0", Comparison.StartsWith, "x")).And(Filter.Compare("c1", Comparison.IsNull, 1));
        var error = Assert.Throws<InvalidTableArgumentException>(() => BoundFilter.Bind(filter, Table));
        Assert.Contains("'nope'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'c0' is no string", error.Message, StringComparison.Ordinal);
        Assert.Contains("'c1' does not take 1 values", error.Message, StringComparison.Ordinal);
    }

    private static object?[] Row(int column, object value) => [.. Types.Select((_, i) => i == column ? value : null)];

    private static TableMetadata MetadataOf(PartitionSpec spec) => new()
    {
        FormatVersion = 2, TableUuid = Guid.Empty, Location = "/t", LastUpdatedMs = 0, LastColumnId = Types.Length, Schemas = [Table], CurrentSchemaId = 0, PartitionSpecs = [spec], DefaultSpecId = 0, LastPartitionId = 1010,
    };

    private static PartitionSpec AnySpec(Random random)
    {
        var fields = new List<PartitionField>();
        for (var i = random.Next(3); i > 0; i--)
        {
            var column = random.Next(Types.Length);
            var transform = Transforms[random.Next(Transforms.Length)];
            try
            {
                transform.ResultType(Types[column]);
                fields.Add(new PartitionField(column + 1, 1000 + i, $"p{i}", transform));
            }
            catch (InvalidTableArgumentException)
            {
                // The transform does not take this type.
            }
        }

        return new PartitionSpec(0, fields);
    }

    private static List<object?> Partition(PartitionSpec spec, object?[] row) => [.. spec.Fields.Select(f => f.Transform.Apply(row[f.SourceId - 1], Types[f.SourceId - 1]))];

    private static DataFile FileOf(IReadOnlyList<object?> partition, List<object?[]> rows, PartitionSpec spec, Random? random)
    {
        // Sometimes a writer leaves metrics out.
        bool Left() => random is not null && random.Next(5) == 0;
        var file = new DataFile
        {
            FilePath = "f", FileFormat = "PARQUET", Partition = partition, SpecId = spec.SpecId, RecordCount = rows.Count, FileSizeInBytes = 1,
            ValueCounts = Left() ? null : Types.Index().ToDictionary(t => t.Index + 1, _ => (long)rows.Count),
            NullValueCounts = Left() ? null : Types.Index().ToDictionary(t => t.Index + 1, t => (long)rows.Count(r => r[t.Index] is null)),
            NanValueCounts = Left() ? null : Types.Index().ToDictionary(t => t.Index + 1, t => (long)rows.Count(r => r[t.Index] is double.NaN or float.NaN)),
        };
        var lower = new Dictionary<int, byte[]>();
        var upper = new Dictionary<int, byte[]>();
        foreach (var (i, type) in Types.Index())
        {
            var values = rows.Select(r => r[i]).Where(v => v is not (null or double.NaN or float.NaN)).Select(v => v!).Order(Comparer<object>.Create((a, b) => SingleValue.Compare(a, b, type))).ToList();
            if (values.Count > 0 && !Left())
            {
                lower[i + 1] = SingleValue.ToBinary(SingleValue.TruncateLower(values[0], type, 2), type);
                if (SingleValue.TruncateUpper(values[^1], type, 2) is { } bound)
                {
                    upper[i + 1] = SingleValue.ToBinary(bound, type);
                }
            }
        }

        return file with { LowerBounds = lower, UpperBounds = upper };
    }

    private static ManifestFile ManifestOf(List<DataFile> files, PartitionSpec spec) => new()
    {
        ManifestPath = "m", ManifestLength = 1, PartitionSpecId = spec.SpecId, AddedSnapshotId = 1,
        Partitions = [.. spec.Fields.Select((f, i) =>
        {
            var type = f.Transform.ResultType(Types[f.SourceId - 1]);
            var all = files.Select(file => file.Partition[i]).ToList();
            var values = all.Where(v => v is not (null or double.NaN or float.NaN)).Select(v => v!).Order(Comparer<object>.Create((a, b) => SingleValue.Compare(a, b, type))).ToList();
            return new PartitionFieldSummary(
                all.Contains(null), all.Any(v => v is double.NaN or float.NaN), values.Count == 0 ? null : SingleValue.ToBinary(values[0], type), values.Count == 0 ? null : SingleValue.ToBinary(values[^1], type));
        })],
    };

    private static object? Value(Random random, PrimitiveType type) => random.Next(6) == 0 ? null : Literal(random, type);

    private static object Literal(Random random, PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Int or PrimitiveKind.Date => random.Next(-6, 6) * (random.Next(2) == 0 ? 1 : 100),
        PrimitiveKind.Long => (long)random.Next(-6, 6),
        PrimitiveKind.Timestamp => random.NextInt64(-3, 3) * 43_200_000_000 + random.Next(-1, 2),
        PrimitiveKind.Decimal => new System.Numerics.BigInteger(random.Next(-6, 6)),
        PrimitiveKind.Boolean => random.Next(2) == 0,
        PrimitiveKind.String => new string([.. Enumerable.Range(0, random.Next(5)).Select(_ => "ab\uFFFF"[random.Next(3)])]),
        PrimitiveKind.Float => new[] { float.NaN, -0f, 0f, 1f, -1f, 2.5f }[random.Next(6)],
        _ => new[] { double.NaN, -0d, 0d, 1d, -1d, 2.5d, double.PositiveInfinity }[random.Next(7)],
    };

    private static Filter AnyFilter(Random random, int depth)
    {
        switch (depth == 0 ? 9 : random.Next(7))
        {
            case 0:
                return AnyFilter(random, depth - 1).And(AnyFilter(random, depth - 1));
            case 1:
                return AnyFilter(random, depth - 1).Or(AnyFilter(random, depth - 1));
            case 2:
                return AnyFilter(random, depth - 1).Not();
        }

        var column = random.Next(Types.Length);
        var comparison = (Comparison)random.Next(13);
        if (comparison == Comparison.StartsWith)
        {
            column = 2;
        }

        var count = comparison switch
        {
            Comparison.IsNull or Comparison.NotNull or Comparison.IsNan or Comparison.NotNan => 0,
            Comparison.In or Comparison.NotIn => random.Next(1, 4),
            _ => 1,
        };
        return Filter.Compare($"c{column}", comparison, [.. Enumerable.Range(0, count).Select(_ => Literal(random, Types[column]))]);
    }

    /// <summary>SQL's three-valued logic; null is unknown. NaN either compares as IEEE 754 has it, or is equal to itself and above all numbers.</summary>
    private static bool? Matches(Filter filter, object?[] row, bool nanIsGreatest)
    {
        switch (filter)
        {
            case Filter.All:
                return true;
            case Filter.Negation n:
                return !Matches(n.Inner, row, nanIsGreatest);
            case Filter.Conjunction c:
                return Matches(c.Left, row, nanIsGreatest) & Matches(c.Right, row, nanIsGreatest);
            case Filter.Disjunction d:
                return Matches(d.Left, row, nanIsGreatest) | Matches(d.Right, row, nanIsGreatest);
        }

        var p = (Filter.Predicate)filter;
        var type = Types[p.Column[1] - '0'];
        var value = row[p.Column[1] - '0'];
        switch (p.Comparison)
        {
            case Comparison.IsNull:
                return value is null;
            case Comparison.NotNull:
                return value is not null;
            case Comparison.IsNan:
                return value is null ? null : value is double.NaN or float.NaN;
            case Comparison.NotNan:
                return value is null ? null : value is not (double.NaN or float.NaN);
        }

        if (value is null)
        {
            return null;
        }

        return p.Comparison switch
        {
            Comparison.Equal => Is(value, p.Values[0], c => c == 0),
            Comparison.NotEqual => !Is(value, p.Values[0], c => c == 0),
            Comparison.Less => Is(value, p.Values[0], c => c < 0),
            Comparison.LessOrEqual => Is(value, p.Values[0], c => c <= 0),
            Comparison.Greater => Is(value, p.Values[0], c => c > 0),
            Comparison.GreaterOrEqual => Is(value, p.Values[0], c => c >= 0),
            Comparison.In => p.Values.Any(v => Is(value, v, c => c == 0)),
            Comparison.NotIn => !p.Values.Any(v => Is(value, v, c => c == 0)),
            _ => ((string)value).StartsWith((string)p.Values[0], StringComparison.Ordinal),
        };

        bool Is(object left, object right, Func<int, bool> test)
        {
            if (left is double or float)
            {
                var (a, b) = (Convert.ToDouble(left, System.Globalization.CultureInfo.InvariantCulture), Convert.ToDouble(right, System.Globalization.CultureInfo.InvariantCulture));
                if (double.IsNaN(a) || double.IsNaN(b))
                {
                    return nanIsGreatest && test(double.IsNaN(a).CompareTo(double.IsNaN(b)));
                }

                return test(a < b ? -1 : a > b ? 1 : 0);
            }

            return test(SingleValue.Compare(left, right, type));
        }
    }
}
