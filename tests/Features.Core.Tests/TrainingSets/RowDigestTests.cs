using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.TrainingSets;
using Features.Testing;

namespace Features.Core.Tests.TrainingSets;

public class RowDigestTests
{
    private static readonly Schema OneLong = new([new Field("x", Int64Type.Default, true)], null);

    [Fact]
    public void Digest_OfTheVectors_IsAsSpecified()
    {
        var vectors = JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures.Repository, "schemas", "digest", "vectors.json")))!.AsArray();
        Assert.NotEmpty(vectors);
        foreach (var vector in vectors)
        {
            var columns = vector!["columns"]!.AsArray();
            var rows = vector["rows"]!.AsArray();
            var fields = columns.Select(c => new Field(c!["name"]!.GetValue<string>(), TypeOf(c["type"]!.GetValue<string>()), true)).ToList();
            using var digest = new RowDigest(new Schema(fields, null));
            digest.Append(new RecordBatch(new Schema(fields, null), fields.Select((f, c) => ArrayOf(f.DataType, [.. rows.Select(r => r![c])])), rows.Count));
            Assert.Equal(vector["digest"]!.GetValue<string>(), digest.Finish());
        }
    }

    [Fact]
    public void Digest_OfTheSameRows_DoesNotDependOnBatches() =>
        Gen.Select(Gen.Long.Array[0, 50], Gen.Int[1, 20]).Sample((values, size) =>
        {
            using var whole = new RowDigest(OneLong);
            whole.Append(Batch(values));
            using var parts = new RowDigest(OneLong);
            foreach (var chunk in values.Chunk(size))
            {
                parts.Append(Batch(chunk));
            }

            Assert.Equal(whole.Finish(), parts.Finish());
        });

    [Fact]
    public void Digest_AcrossBlocks_DoesNotDependOnBatchesAndSeesEveryRow()
    {
        var values = Enumerable.Range(0, RowDigest.BlockRows * 3 + 5).Select(i => (long)i).ToArray();
        var digests = new List<string>();
        foreach (var size in new[] { values.Length, 1 << 16, 999 })
        {
            using var digest = new RowDigest(OneLong);
            foreach (var chunk in values.Chunk(size))
            {
                digest.Append(Batch(chunk));
            }

            digests.Add(digest.Finish());
        }

        Assert.Single(digests.Distinct());
        foreach (var changed in new[] { 0, RowDigest.BlockRows - 1, RowDigest.BlockRows, values.Length - 1 })
        {
            values[changed]++;
            using var digest = new RowDigest(OneLong);
            digest.Append(Batch(values));
            Assert.DoesNotContain(digest.Finish(), digests);
            values[changed]--;
        }
    }

    [Fact]
    public void Digest_OfListsMapsAndStructs_RefusesThemByName()
    {
        var (text, number) = (new Field("key", StringType.Default, false), new Field("value", Int64Type.Default, true));
        var refusal = Assert.Throws<TrainingSetException>(() => new RowDigest(new Schema(
            [new Field("x", Int64Type.Default, true), new Field("tags", new ListType(text), true), new Field("scores", new MapType(text, number), true), new Field("place", new StructType([text, number]), true)], null)));
        Assert.Contains("'tags' (list), 'scores' (map), 'place' (struct); cast them", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'x'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Digest_OfATypeWithoutEncoding_NamesTheColumn()
    {
        var failure = Assert.Throws<TrainingSetException>(() => new RowDigest(new Schema([new Field("n", new TimestampType(TimeUnit.Nanosecond, (string?)null), true)], null)));
        Assert.Contains("'n'", failure.Message, StringComparison.Ordinal);
    }

    private static RecordBatch Batch(long[] values) => new(OneLong, [new Int64Array.Builder().AppendRange(values).Build()], values.Length);

    private static IArrowType TypeOf(string type) => type switch
    {
        "boolean" => BooleanType.Default,
        "int" => Int32Type.Default,
        "long" => Int64Type.Default,
        "float" => FloatType.Default,
        "double" => DoubleType.Default,
        _ => StringType.Default,
    };

    private static IArrowArray ArrayOf(IArrowType type, IReadOnlyList<JsonNode?> cells)
    {
        static double Number(JsonNode cell) => cell.GetValueKind() == System.Text.Json.JsonValueKind.String ? cell.GetValue<string>() switch { "NaN" => double.NaN, "-NaN" => -double.NaN, "-0" => -0.0, "Infinity" => double.PositiveInfinity, var x => throw new FormatException(x) } : cell.GetValue<double>();
        switch (type)
        {
            case BooleanType:
                return cells.Aggregate(new BooleanArray.Builder(), (b, c) => c is null ? b.AppendNull() : b.Append(c.GetValue<bool>())).Build();
            case Int32Type:
                return cells.Aggregate(new Int32Array.Builder(), (b, c) => b.Append(c?.GetValue<int>())).Build();
            case Int64Type:
                return cells.Aggregate(new Int64Array.Builder(), (b, c) => b.Append(c?.GetValue<long>())).Build();
            case FloatType:
                return cells.Aggregate(new FloatArray.Builder(), (b, c) => c is null ? b.AppendNull() : b.Append((float)Number(c))).Build();
            case DoubleType:
                return cells.Aggregate(new DoubleArray.Builder(), (b, c) => c is null ? b.AppendNull() : b.Append(Number(c))).Build();
            default:
                return cells.Aggregate(new StringArray.Builder(), (b, c) => b.Append(c?.GetValue<string>())).Build();
        }
    }
}
