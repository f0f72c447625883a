namespace Features.Iceberg.Spec;

public class NameMappingPropertyTests
{
    [Theory]
    [InlineData("""[{"field-id":1,"names":["a"]},{"field-id":2,"names":["s"],"fields":[{"field-id":3,"names":["x"]}]},{"field-id":9,"names":["dropped"]},{"names":["unmapped"]}]""", true)]
    [InlineData("""[{"field-id":1,"names":["a"]},{"field-id":3,"names":["x"]}]""", false)]
    [InlineData("""[{"field-id":2,"names":["s"],"fields":[{"field-id":1,"names":["x"]}]}]""", false)]
    [InlineData("no mapping", true)]
    public void Mapping_ThatPutsAFieldElsewhereThanTheSchema_IsNotOfTheTable(string mapping, bool isKept)
    {
        var schema = new Schema(0, [new(1, "a", new PrimitiveType(PrimitiveKind.Int), false), new(2, "s", new StructType([new(3, "x", new PrimitiveType(PrimitiveKind.Int), false)]), false)], []);
        Assert.Equal(isKept ? mapping : null, NameMappingProperty.Of(mapping, [schema]));
    }
}
