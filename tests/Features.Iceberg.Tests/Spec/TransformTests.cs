using System.Numerics;
using System.Text;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Tests.Spec;

public sealed class TransformTests
{
    private static readonly PrimitiveType Date = new(PrimitiveKind.Date);
    private static readonly PrimitiveType Timestamp = new(PrimitiveKind.Timestamp);
    private static readonly PrimitiveType Nanos = new(PrimitiveKind.TimestampTzNs);

    [Theory]
    [InlineData("identity", TransformKind.Identity, 0, "identity")]
    [InlineData("bucket[16]", TransformKind.Bucket, 16, "bucket[16]")]
    [InlineData("truncate[4]", TransformKind.Truncate, 4, "truncate[4]")]
    [InlineData("days", TransformKind.Day, 0, "day")]
    [InlineData("HOUR", TransformKind.Hour, 0, "hour")]
    [InlineData("void", TransformKind.Void, 0, "void")]
    [InlineData("bucket[0]", TransformKind.Unknown, 0, "bucket[0]")]
    [InlineData("zorder[2]", TransformKind.Unknown, 0, "zorder[2]")]
    public void Parse_WrittenForms_AreReadAndWrittenBack(string text, TransformKind kind, int width, string written)
    {
        var transform = Transform.Parse(text);
        Assert.Equal((kind, width, written), (transform.Kind, transform.Width, transform.ToString()));
    }

    [Fact]
    public void TemporalTransforms_AnyInstant_AgreeWithTheCalendar() =>
        Gen.Long[DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks].Sample(ticks =>
        {
            var instant = new DateTime(ticks - (ticks % 10));
            var micros = (instant.Ticks - DateTime.UnixEpoch.Ticks) / 10;
            var days = (int)(DateOnly.FromDateTime(instant).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
            Assert.Equal(instant.Year - 1970, Apply("year", micros, Timestamp));
            Assert.Equal(((instant.Year - 1970) * 12) + instant.Month - 1, Apply("month", micros, Timestamp));
            Assert.Equal(days, Apply("day", micros, Timestamp));
            Assert.Equal((days * 24) + instant.Hour, Apply("hour", micros, Timestamp));
            Assert.Equal(days, Apply("day", days, Date));
            Assert.Equal(instant.Year - 1970, Apply("year", days, Date));
            Assert.Equal(instant.ToString("yyyy-MM-dd-HH", null), Transform.Parse("hour").ToHumanString(Apply("hour", micros, Timestamp), Timestamp));
        });

    [Fact]
    public void Bucket_NanosecondsAndMicroseconds_FallTogether() =>
        Gen.Long[-1L << 40, 1L << 40].Select(Gen.Int[0, 999]).Sample((micros, below) =>
            Assert.Equal(Apply("bucket[64]", micros, Timestamp), Apply("bucket[64]", (micros * 1000) + below, Nanos)));

    [Fact]
    public void Bucket_PromotedIntegers_FallTogether() =>
        Gen.Int.Sample(i => Assert.Equal(Apply("bucket[7]", i, new(PrimitiveKind.Int)), Apply("bucket[7]", (long)i, new(PrimitiveKind.Long))));

    [Fact]
    public void Truncate_Integers_RoundTowardsMinusInfinity() =>
        Gen.Long[long.MinValue / 2, long.MaxValue / 2].Select(Gen.Int[1, 10_000]).Sample((value, width) =>
        {
            var truncated = (long)new Transform(TransformKind.Truncate, width).Apply(value, new(PrimitiveKind.Long))!;
            Assert.True(truncated <= value && value - truncated < width && truncated % width == 0);
            Assert.Equal(new BigInteger(truncated), new Transform(TransformKind.Truncate, width).Apply(new BigInteger(value), new(PrimitiveKind.Decimal, 38, 3)));
        });

    [Fact]
    public void Truncate_NearTheLeastValue_StaysWithinTheType()
    {
        var transform = new Transform(TransformKind.Truncate, 7);
        Assert.Equal(int.MinValue, transform.Apply(int.MinValue, new(PrimitiveKind.Int)));
        Assert.Equal(long.MinValue, transform.Apply(long.MinValue, new(PrimitiveKind.Long)));
        Assert.Equal(new BigInteger(-999), transform.Apply(new BigInteger(-999), new(PrimitiveKind.Decimal, 3, 1)));
    }

    [Fact]
    public void Truncate_Strings_CountCodePoints() =>
        Assert.Equal("a🤯", new Transform(TransformKind.Truncate, 2).Apply("a🤯b", new(PrimitiveKind.String)));

    [Fact]
    public void Apply_Null_IsNull() => Assert.All(
        new[] { "identity", "bucket[2]", "day", "void" }, t => Assert.Null(Transform.Parse(t).Apply(null, Timestamp)));

    [Fact]
    public void Apply_UnknownTransform_IsRefusedByName()
    {
        var error = Assert.Throws<UnsupportedFeatureException>(() => Apply("zorder[2]", 1, Date));
        Assert.Contains("zorder[2]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ResultType_SourceThatDoesNotFit_IsRefusedByName()
    {
        var error = Assert.Throws<InvalidTableArgumentException>(() => Transform.Parse("hour").ResultType(Date));
        Assert.Contains("hour does not take date", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Murmur3_EveryTailLength_DependsOnEveryByte()
    {
        var text = Encoding.UTF8.GetBytes("the quick brown fox");
        for (var length = 1; length <= text.Length; length++)
        {
            var hash = Murmur3.Hash(text.AsSpan(0, length));
            for (var changed = 0; changed < length; changed++)
            {
                var other = text[..length];
                other[changed] ^= 1;
                Assert.NotEqual(hash, Murmur3.Hash(other));
            }
        }
    }

    [Fact]
    public void ToPath_AwkwardValues_AreEncoded()
    {
        var schema = new Schema(0, [new(1, "ts", Timestamp, false), new(2, "c", new PrimitiveType(PrimitiveKind.String), false), new(3, "b", new PrimitiveType(PrimitiveKind.Binary), false)], []);
        var spec = new PartitionSpec(1, [new(1, 1000, "ts day", Transform.Parse("day")), new(2, 1001, "c", Transform.Identity), new(3, 1002, "b", Transform.Identity)]);
        Assert.Equal("ts+day=2001-01-01/c=a%2Fb%3Dc+%C3%BC/b=qrvM", spec.ToPath([11323, "a/b=c ü", new byte[] { 0xAA, 0xBB, 0xCC }], schema));
        Assert.Equal("ts+day=null/c=null/b=null", spec.ToPath([null, null, null], schema));
        Assert.Equal("", PartitionSpec.Unpartitioned.ToPath([], schema));
    }

    private static object? Apply(string transform, object? value, PrimitiveType source) => Transform.Parse(transform).Apply(value, source);
}
