using CsCheck;
using Features.Iceberg.Conformance;

namespace Features.Iceberg.Spec;

public sealed class SchemaTextTests
{
    [Fact]
    public void Schema_IsReadWithTypesNestingAndComments()
    {
        var schema = SchemaText.Parse("id long required, \"full name\" string comment 'it''s a name', at timestamptz, p struct<x: double, y: double not null>, tags list<string>, m map<string, decimal(9,2)>, f fixed[4], n integer not null");
        Assert.Equal(
            ["id long True", "full name string False", "at timestamptz False", "p struct<5: x: optional double, 6: y: required double> False", "tags list<string> False", "m map<string, decimal(9, 2)> False", "f fixed[4] False", "n int True"],
            schema.Fields.Select(f => $"{f.Name} {SchemaJson.NameOf(f.Type)} {f.Required}"));
        Assert.Equal("it's a name", schema.Fields[1].Doc);
        Assert.Equal(Enumerable.Range(1, schema.AllFields().Count()), schema.AllFields().Select(f => f.Id).Order());
    }

    [Theory]
    [InlineData("id lnog", "character 4 (▸): 'id ▸lnog'", "a type: boolean, int")]
    [InlineData("id", "character 3", "a type")]
    [InlineData("", "character 1", "a column's name")]
    [InlineData("id long,", "character 9", "a column's name")]
    [InlineData("id long wanted", "'id long ▸wanted'", "a comma and another column")]
    [InlineData("p struct<x: double", "character 19", "'>'")]
    [InlineData("m map<string>", "'m map<string▸>'", "between the key's type")]
    [InlineData("d decimal(39, 2)", "character 17", "38 digits")]
    [InlineData("d decimal(a)", "'d decimal(▸a)'", "the number of digits")]
    [InlineData("a int not nul", "▸nul", "'null' after 'not'")]
    [InlineData("\"a int", "▸", "a closing \"")]
    public void Schema_ThatIsNone_IsRefusedWithThePlace(string text, string place, string expected)
    {
        var error = Assert.Throws<InvalidTableArgumentException>(() => SchemaText.Parse(text));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_OfAnyNesting_IsReadAsItIsNamed() => AnyTable.Schema.Sample(
        schema =>
        {
            var text = string.Join(", ", schema.Fields.Select(f => $"\"{f.Name}\" {Text(f.Type)}{(f.Required ? " required" : "")}"));
            var read = SchemaText.Parse(text);
            Assert.Equal(schema.Fields.Select(f => (f.Name, f.Required, Text(f.Type))), read.Fields.Select(f => (f.Name, f.Required, Text(f.Type))));
        },
        iter: 300);

    private static string Text(IcebergType type) => type switch
    {
        StructType s => $"struct<{string.Join(", ", s.Fields.Select(f => $"\"{f.Name}\": {Text(f.Type)}{(f.Required ? " required" : "")}"))}>",
        ListType l => $"list<{Text(l.Element)}{(l.ElementRequired ? " required" : "")}>",
        MapType m => $"map<{Text(m.Key)}, {Text(m.Value)}{(m.ValueRequired ? " required" : "")}>",
        _ => SchemaJson.NameOf(type),
    };
}
