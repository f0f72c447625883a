using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Features.Iceberg.Spec;
using Features.Testing;

namespace Features.Iceberg.Tests.Spec;

/// <summary>Appendix B and the transform examples of the specification, from the shared vectors.</summary>
public sealed class TransformVectorsTests
{
    private static readonly PrimitiveType Long = new(PrimitiveKind.Long);

    [Fact]
    public void Murmur3_SpecificationVectors_Match() => ForEach("murmur3_x86_32_seed0", vector =>
    {
        var type = vector[0].GetString()!;
        if (type == "boolean(reserved)")
        {
            Assert.Equal(vector[2].GetInt32(), Transform.Hash(1L, Long));
        }
        else if (type is "float(reserved)" or "double(reserved)")
        {
            // Reserved for engines that hash floating point: as the bits of a double, -0 as it stands in the vectors' source.
            var number = double.Parse(vector[1].GetString()!, CultureInfo.InvariantCulture);
            var bits = BitConverter.DoubleToInt64Bits(number == 0 ? 0.0 : number);
            Assert.Equal(vector[2].GetInt32(), Transform.Hash(bits, Long));
        }
        else
        {
            var (value, source) = Value(type, vector[1].GetString()!);
            Assert.Equal(vector[2].GetInt32(), Transform.Hash(value, source));
        }
    });

    [Fact]
    public void Bucket_SpecificationVectors_Match() => ForEach("bucket", vector =>
    {
        var (value, source) = Value(vector[1].GetString()!, vector[2]);
        Assert.Equal(vector[3].GetInt32(), new Transform(TransformKind.Bucket, vector[0].GetInt32()).Apply(value, source));
    });

    [Fact]
    public void Truncate_SpecificationVectors_Match() => ForEach("truncate", vector =>
    {
        var type = vector[1].GetString()!.Replace('_', '9');
        var (value, source) = Value(type, vector[2]);
        var (expected, _) = Value(type, vector[3]);
        Assert.Equal(expected, new Transform(TransformKind.Truncate, vector[0].GetInt32()).Apply(value, source));
    });

    [Fact]
    public void ToHumanString_TemporalVectors_Match() => ForEach("negative_temporal_human", vector =>
        Assert.Equal(vector[2].GetString(), Transform.Parse(vector[0].GetString()!).ToHumanString(vector[1].GetInt32(), new PrimitiveType(PrimitiveKind.Timestamp))));

    private static void ForEach(string name, Action<JsonElement> check)
    {
        var path = Fixtures.Find("iceberg", "transform-vectors.json");
        Assert.SkipWhen(path is null, "the shared fixtures are not here");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var vectors = document.RootElement.GetProperty(name).EnumerateArray().ToList();
        Assert.NotEmpty(vectors);
        Assert.All(vectors, check);
    }

    private static (object Value, PrimitiveType Type) Value(string type, JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && type is "date" or "int" ? (json.GetInt32(), (PrimitiveType)Parse(type))
        : json.ValueKind == JsonValueKind.Number ? (json.GetInt64(), (PrimitiveType)Parse(type))
        : Value(type, json.GetString()!);

    private static (object Value, PrimitiveType Type) Value(string type, string text)
    {
        var parsed = (PrimitiveType)Parse(type);
        object value = parsed.Kind switch
        {
            PrimitiveKind.Int => int.Parse(text, CultureInfo.InvariantCulture),
            PrimitiveKind.Long => long.Parse(text, CultureInfo.InvariantCulture),
            PrimitiveKind.Fixed or PrimitiveKind.Binary => text.Contains("utf8", StringComparison.Ordinal)
                ? Encoding.UTF8.GetBytes(text.Split(' ')[0])
                : Convert.FromHexString(text.Split(' ')[0]),
            _ => SingleValue.Convert(text, parsed, "v"),
        };
        return (value, parsed);
    }

    private static IcebergType Parse(string type)
    {
        var name = type.Replace("fixed(", "fixed[", StringComparison.Ordinal);
        name = name.StartsWith("fixed", StringComparison.Ordinal) ? name.Replace(')', ']') : name;
        return SchemaJson.Parse($$"""{"type":"struct","fields":[{"id":1,"name":"v","required":false,"type":"{{name}}"}]}""", "vector").Fields[0].Type;
    }
}
