using System.Numerics;
using System.Text;
using System.Text.Json;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Tests.Spec;

public sealed class SingleValueTests
{
    private static readonly PrimitiveType String = new(PrimitiveKind.String);
    private static readonly PrimitiveType Binary = new(PrimitiveKind.Binary);

    [Fact]
    public void Binary_AnyValue_RoundTrips() => Values.Any.Sample(v => Assert.Equal(v.Value, SingleValue.FromBinary(SingleValue.ToBinary(v.Value, v.Type), v.Type)));

    [Fact]
    public void Json_AnyFiniteValue_RoundTrips() => Values.Any.Where(v => v.Value is not (float.NaN or double.NaN or float.PositiveInfinity or float.NegativeInfinity or double.PositiveInfinity or double.NegativeInfinity)).Sample(v =>
    {
        using var json = JsonDocument.Parse(SingleValue.ToJson(v.Value, v.Type)!.ToJsonString());
        Assert.Equal(v.Value, SingleValue.FromJson(json.RootElement, v.Type));
    });

    [Theory]
    [InlineData("decimal(9,2)", "14.20", "\"14.20\"", "058C")]
    [InlineData("decimal(9,2)", "-0.01", "\"-0.01\"", "FF")]
    [InlineData("date", "2017-11-16", "\"2017-11-16\"", "4E440000")]
    [InlineData("date", "-0044-03-15", "\"-0044-03-15\"", "DBC6F4FF")]
    [InlineData("time", "22:31:08.123456", "\"22:31:08.123456\"", "406509E012000000")]
    [InlineData("timestamp", "1969-12-31T23:59:59.999999", "\"1969-12-31T23:59:59.999999\"", "FFFFFFFFFFFFFFFF")]
    [InlineData("timestamptz", "2017-11-16T14:31:08-08:00", "\"2017-11-16T22:31:08+00:00\"", "00C3262D215E0500")]
    [InlineData("uuid", "f79c3e09-677c-4bbd-a479-3f349cb785e7", "\"f79c3e09-677c-4bbd-a479-3f349cb785e7\"", "F79C3E09677C4BBDA4793F349CB785E7")]
    public void AppendixD_Examples_Match(string type, string text, string json, string binary)
    {
        var parsed = TypeName.TryParse(type)!;
        var value = SingleValue.Convert(text, parsed, "c");
        Assert.Equal(json, SingleValue.ToJson(value, parsed)!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal(binary, Convert.ToHexString(SingleValue.ToBinary(value, parsed)));
    }

    [Fact]
    public void FromBinary_PromotedColumns_WidenTheOldValue()
    {
        Assert.Equal(-5L, SingleValue.FromBinary(BitConverter.GetBytes(-5), new(PrimitiveKind.Long)));
        Assert.Equal(1.5, SingleValue.FromBinary(BitConverter.GetBytes(1.5f), new(PrimitiveKind.Double)));
        Assert.Equal(new BigInteger(-129), SingleValue.FromBinary([0xFF, 0x7F], new(PrimitiveKind.Decimal, 38, 2)));
    }

    [Theory]
    [InlineData("int", 3)]
    [InlineData("long", 5)]
    [InlineData("uuid", 15)]
    [InlineData("fixed[4]", 5)]
    [InlineData("decimal(9,2)", 0)]
    [InlineData("boolean", 2)]
    public void FromBinary_WrongLength_IsRefused(string type, int length) =>
        Assert.Throws<FormatException>(() => SingleValue.FromBinary(new byte[length], TypeName.TryParse(type)!));

    [Fact]
    public void Compare_Strings_OrderAsUtf8() => Gen.Select(Values.Text, Values.Text).Sample((a, b) => Assert.Equal(
        Math.Sign(Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b))), Math.Sign(SingleValue.Compare(a, b, String))));

    [Fact]
    public void Compare_Floating_PutsMinusZeroFirstAndNanLast()
    {
        double[] ascending = [double.NegativeInfinity, -1, -0.0, 0.0, 1, double.PositiveInfinity, double.NaN];
        for (var i = 0; i < ascending.Length; i++)
        {
            for (var j = 0; j < ascending.Length; j++)
            {
                Assert.Equal(i.CompareTo(j), Math.Sign(SingleValue.Compare(ascending[i], ascending[j], new(PrimitiveKind.Double))));
                Assert.Equal(i.CompareTo(j), Math.Sign(SingleValue.Compare((float)ascending[i], (float)ascending[j], new(PrimitiveKind.Float))));
            }
        }
    }

    [Fact]
    public void Truncate_AnyString_BoundsItFromBothSides() => Gen.Select(Values.Text, Gen.Int[1, 5]).Sample((text, width) =>
    {
        var lower = (string)SingleValue.TruncateLower(text, String, width);
        var upper = (string?)SingleValue.TruncateUpper(text, String, width);
        Assert.True(SingleValue.Compare(lower, text, String) <= 0 && lower.EnumerateRunes().Count() <= width);
        Assert.StartsWith(lower, text, StringComparison.Ordinal);
        if (upper is null)
        {
            Assert.All(text.EnumerateRunes().Take(width), r => Assert.Equal(0x10FFFF, r.Value));
        }
        else
        {
            Assert.True(SingleValue.Compare(upper, text, String) >= 0 && upper.EnumerateRunes().Count() <= width);
            // No code point was split or invented: it survives UTF-8.
            Assert.Equal(upper, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(upper)));
        }
    });

    [Theory]
    [InlineData("ab\uD7FFx", 3, "ab\uE000")]
    [InlineData("a\U0010FFFFx", 2, "b")]
    [InlineData("\U0010FFFF\U0010FFFFx", 2, null)]
    [InlineData("abc", 3, "abc")]
    public void TruncateUpper_Strings_SkipSurrogatesAndCarry(string text, int width, string? expected) => Assert.Equal(expected, SingleValue.TruncateUpper(text, String, width));

    [Fact]
    public void TruncateUpper_Bytes_Carry()
    {
        Assert.Equal([1, 3], (byte[])SingleValue.TruncateUpper(new byte[] { 1, 2, 255, 9 }, Binary, 3)!);
        Assert.Null(SingleValue.TruncateUpper(new byte[] { 255, 255, 1 }, Binary, 2));
    }

    [Fact]
    public void Convert_IntegersOfAnyWidth_BecomeTheColumnsType()
    {
        Assert.Equal(7L, SingleValue.Convert((byte)7, new(PrimitiveKind.Long), "c"));
        Assert.Equal(7, SingleValue.Convert(7L, new(PrimitiveKind.Int), "c"));
        Assert.Equal(7.0, SingleValue.Convert(7, new(PrimitiveKind.Double), "c"));
        Assert.Equal(new BigInteger(700), SingleValue.Convert(7, new(PrimitiveKind.Decimal, 9, 2), "c"));
        Assert.Equal(new BigInteger(725), SingleValue.Convert(7.25m, new(PrimitiveKind.Decimal, 9, 2), "c"));
        Assert.Equal(11323, SingleValue.Convert(new DateOnly(2001, 1, 1), new(PrimitiveKind.Date), "c"));
        Assert.Equal(978_307_200_000_000L, SingleValue.Convert(new DateTime(2001, 1, 1), new(PrimitiveKind.Timestamp), "c"));
    }

    public static TheoryData<object, string> Misfits => new()
    {
        { 3_000_000_000L, "int" },
        { 1.5, "int" },
        { 7.251m, "decimal(9, 2)" },
        { 100_000_000, "decimal(9, 2)" },
        { "2001-02-30", "date" },
        { "2001-01-01T00:00:00", "timestamptz" },
        { "2001-01-01T00:00:00.0000001", "timestamp" },
        { 16_777_217, "float" },
        { true, "string" },
        { new byte[3], "fixed[4]" },
        { 1, "variant" },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Convert_ValueThatDoesNotFit_IsRefusedWithColumnAndType(object value, string type)
    {
        var error = Assert.Throws<InvalidTableArgumentException>(() => SingleValue.Convert(value, TypeName.TryParse(type)!, "delay"));
        Assert.Contains("'delay'", error.Message, StringComparison.Ordinal);
        Assert.Contains(type, error.Message, StringComparison.Ordinal);
    }
}
