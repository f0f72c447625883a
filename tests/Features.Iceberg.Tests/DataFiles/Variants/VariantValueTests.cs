using Features.Iceberg.DataFiles.Variants;
using Features.Testing;

namespace Features.Iceberg.Tests.DataFiles.Variants;

public class VariantValueTests
{
    [Theory]
    [InlineData("array_primitive", "[2,1,5,9]")]
    [InlineData("array_empty", "[]")]
    [InlineData("object_empty", "{}")]
    [InlineData("primitive_null", "null")]
    [InlineData("primitive_boolean_true", "true")]
    [InlineData("primitive_int8", "42")]
    [InlineData("primitive_int16", "1234")]
    [InlineData("primitive_int32", "123456")]
    [InlineData("primitive_int64", "1234567890123456789")]
    [InlineData("primitive_decimal4", "12.34")]
    [InlineData("primitive_date", "\"2025-04-16\"")]
    [InlineData("primitive_uuid", "\"f24f9b64-81fa-49d1-b74e-8c09a6e31c56\"")]
    public void ToJson_OfAnotherWritersBytes_IsItsValue(string name, string json)
    {
        var folder = Fixtures.Find("parquet", "parquet-testing", "variant");
        Assert.SkipWhen(folder is null, "the Parquet fixtures are not here");
        Assert.Equal(json, VariantValue.ToJson(File.ReadAllBytes(Path.Combine(folder!, name + ".metadata")), File.ReadAllBytes(Path.Combine(folder!, name + ".value"))));
    }

    [Fact]
    public void ToJson_OfAnyBytes_IsJsonOrInvalid() => Gen.Select(Gen.Byte.Array[0, 40], Gen.Byte.Array[0, 60]).Sample((metadata, value) =>
    {
        if (metadata.Length > 0)
        {
            metadata[0] = (byte)((metadata[0] & 0xF0) | 1);
        }

        try
        {
            _ = VariantValue.ToJson(metadata, value);
        }
        catch (Exception fault) when (fault is InvalidDataException or OverflowException)
        {
            // Which is as good: nothing is misread and nothing taken.
        }
    });
}
