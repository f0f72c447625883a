using System.Text;
using System.Text.Json;
using CsCheck;
using Features.Core.Online;
using Features.Server.Online.Json;

namespace Features.Server.Tests.Online.Json;

public sealed class JsonFeatureTests
{
    [Theory]
    [InlineData(1d, "1.0")]
    [InlineData(-0d, "-0.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e300, "1E+300")]
    [InlineData(double.NaN, "null")]
    [InlineData(double.NegativeInfinity, "null")]
    public void Append_OfAFloat_TellsItFromAnInteger(double value, string expected) => Assert.Equal(expected, Json(FeatureValue.Of(value)));

    [Fact]
    public void Append_OfEveryKind_HasFeastsForm()
    {
        Assert.Equal("null", Json(FeatureValue.Null));
        Assert.Equal("true", Json(FeatureValue.Of(true)));
        Assert.Equal("-9223372036854775808", Json(FeatureValue.Of(long.MinValue)));
        Assert.Equal("\"AP8=\"", Json(FeatureValue.Of([0, 255])));
        Assert.Equal("\"2026-01-31\"", Json(FeatureValue.Of(new DateOnly(2026, 1, 31))));
        Assert.Equal("\"12.30\"", Json(FeatureValue.OfDecimal(1230, 2)));
        Assert.Equal("\"00112233-4455-6677-8899-aabbccddeeff\"", Json(FeatureValue.Of(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"))));
        Assert.Equal("[1,null,[]]", Json(FeatureValue.OfList([FeatureValue.Of(1), FeatureValue.Null, FeatureValue.OfList([])])));
    }

    [Theory]
    [InlineData(0, "\"1970-01-01T00:00:00Z\"")]
    [InlineData(1, "\"1970-01-01T00:00:00.000001Z\"")]
    [InlineData(1_500_000, "\"1970-01-01T00:00:01.500Z\"")]
    [InlineData(-1, "\"1969-12-31T23:59:59.999999Z\"")]
    [InlineData(long.MaxValue, "null")]
    public void Append_OfATimestamp_IsRfc3339(long micros, string expected) => Assert.Equal(expected, Json(FeatureValue.OfTimestamp(micros)));

    [Theory]
    [InlineData(1_500_000, "1")]
    [InlineData(-1, "-1")]
    public void Append_OfATimestampForFeastsPythonClient_IsWholeSeconds(long micros, string expected) => Assert.Equal(expected, Json(FeatureValue.OfTimestamp(micros), strictFeast: true));

    [Fact]
    public void Append_OfAnyTextOrNumber_ReadsBackAsItIs()
    {
        Gen.String.Sample(text => Assert.Equal(Valid(text), JsonDocument.Parse(Json(FeatureValue.Of(text))).RootElement.GetString()));
        Gen.Double.Where(double.IsFinite).Sample(number => Assert.Equal(number, JsonDocument.Parse(Json(FeatureValue.Of(number))).RootElement.GetDouble()));
        Gen.Long.Sample(number => Assert.Equal(number, JsonDocument.Parse(Json(FeatureValue.Of(number))).RootElement.GetInt64()));
    }

    [Fact]
    public void Repeat_WhileTheArrayGrows_RepeatsWhatWasWritten()
    {
        using var json = new JsonBytes(1);
        json.Text("a piece");
        for (var i = 0; i < 12; i++)
        {
            json.Repeat(0, json.Length);
        }

        Assert.Equal(string.Concat(Enumerable.Repeat("\"a piece\"", 1 << 12)), Encoding.UTF8.GetString(json.Written.Span));
    }

    // Halves of surrogate pairs stand for no character.
    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Json(FeatureValue value, bool strictFeast = false)
    {
        using var json = new JsonBytes(1);
        JsonFeature.Append(json, in value, strictFeast);
        return Encoding.UTF8.GetString(json.Written.Span);
    }
}
