using Features.Iceberg.Spec;
using Features.Testing;

namespace Features.Iceberg.Tests.Spec;

public sealed class SchemaJsonTests
{
    [Fact]
    public void Schema_AnyNesting_RoundTrips() => Schemas.Any.Sample(schema =>
    {
        var json = SchemaJson.ToJson(schema);
        var read = SchemaJson.Parse(json, "schema");
        Assert.Equal(json, SchemaJson.ToJson(read));
        Assert.Equal(schema.AllFields().Select(Describe), read.AllFields().Select(Describe));
        Assert.Equal(schema.IdentifierFieldIds, read.IdentifierFieldIds);
    });

    [Fact]
    public void Parse_GeospatialTypesOfJava_KeepTheirParameters()
    {
        var path = Fixtures.Find("iceberg", "iceberg-go", "geo-schema-java-main.json");
        Assert.SkipWhen(path is null, "the shared fixtures are not here");
        var schema = SchemaJson.Parse(File.ReadAllText(path), path);
        Assert.Equal(
            ["long", "geometry(srid:3857)", "geography(srid:4269, karney)", "geography(srid:4269)", "geography(OGC:CRS84, karney)", "geometry", "geography"],
            schema.Fields.Select(f => SchemaJson.NameOf(f.Type)));
    }

    [Theory]
    [InlineData("decimal(9,2)", "decimal(9, 2)")]
    [InlineData("decimal( 38 , 0 )", "decimal(38, 0)")]
    [InlineData("fixed[16]", "fixed[16]")]
    [InlineData("timestamptz_ns", "timestamptz_ns")]
    [InlineData("variant", "variant")]
    [InlineData("unknown", "unknown")]
    public void TypeName_PrimitiveTypes_AreReadAndWritten(string text, string written) => Assert.Equal(written, SchemaJson.NameOf(TypeName.TryParse(text)!));

    [Theory]
    [InlineData("decimal(39,2)")]
    [InlineData("decimal(2,3)")]
    [InlineData("decimal[9,2]")]
    [InlineData("fixed(16)")]
    [InlineData("fixed[-1]")]
    [InlineData("text")]
    public void TypeName_WrongText_IsNoType(string text) => Assert.Null(TypeName.TryParse(text));

    [Fact]
    public void Parse_SeveralFaults_AreAllNamed()
    {
        var error = Assert.Throws<InvalidFileException>(() => SchemaJson.Parse(
            """
            {"type":"struct","identifier-field-ids":[9],"fields":[
              {"id":1,"name":"a","type":"text","required":true},
              {"id":1,"name":"b","type":{"type":"list","element":"int","element-required":false}},
              {"id":3,"name":"c","type":"int","required":false,"initial-default":"x"}]}
            """,
            "file.json"));
        string[] expected =
        [
            "'file.json'", "'fields[0].type' must be a type of the specification but is \"text\"", "'fields[1].type.element-id' is missing", "'fields[1].required' is missing",
            "field id 1 2 times", "names field 9", "'fields[2].initial-default' must be a value of int",
        ];
        Assert.All(expected, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void FindNested_EveryField_IsFoundAtItsDepth() =>
        Schemas.Any.Sample(schema => Assert.All(schema.AllFields(), f => Assert.Equal(Describe(f), Describe(schema.FindNested(f.Id)!))));

    private static string Describe(NestedField f) => $"{f.Id} {f.Name} {SchemaJson.NameOf(f.Type)} {f.Required} {f.Doc} {Text(f.InitialDefault)} {Text(f.WriteDefault)}";

    private static string Text(object? value) => value is byte[] bytes ? Convert.ToHexString(bytes) : FormattableString.Invariant($"{value}");
}
