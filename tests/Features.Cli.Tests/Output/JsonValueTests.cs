using System.Globalization;
using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Cli.Output;

namespace Features.Cli.Tests.Output;

public class JsonValueTests
{
    [Fact]
    public void Write_WideIntegers_KeepAllDigits() =>
        Gen.Long.Sample(value => Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Json(new Int64Array.Builder().Append(value).Build())));

    [Fact]
    public void Write_Doubles_ReadBackEqual() =>
        Gen.Double.Sample(value =>
        {
            var json = Json(new DoubleArray.Builder().Append(value).Build());
            Assert.Equal(value, double.IsFinite(value) ? double.Parse(json, CultureInfo.InvariantCulture) : double.Parse(json.Trim('"'), CultureInfo.InvariantCulture));
        });

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00")]
    [InlineData(-1, "1969-12-31T23:59:59.999999")]
    [InlineData(978307260_000_000, "2001-01-01T00:01:00")]
    [InlineData(1_500_000, "1970-01-01T00:00:01.500000")]
    public void Write_Timestamp_IsIso(long micros, string expected)
    {
        var type = new TimestampType(TimeUnit.Microsecond, (string?)null);
        Assert.Equal($"\"{expected}\"", Json(Of(type, BitConverter.GetBytes(micros))));
        var zoned = new TimestampType(TimeUnit.Microsecond, "UTC");
        Assert.Equal($"\"{expected}Z\"", Json(Of(zoned, BitConverter.GetBytes(micros))));
    }

    [Fact]
    public void Write_DateDecimalBinaryUuid_AreText()
    {
        Assert.Equal("\"2001-07-01\"", Json(new Date32Array.Builder().Append(new DateTime(2001, 7, 1)).Build()));
        Assert.Equal("\"-12.30\"", Json(new Decimal128Array.Builder(new Decimal128Type(9, 2)).Append(-12.3m).Build()));
        Assert.Equal("\"00ff\"", Json(new BinaryArray.Builder().Append([0, 255]).Build()));
        var uuid = Guid.Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7");
        var field = new Field("v", new FixedSizeBinaryType(16), true, new Dictionary<string, string> { ["ARROW:extension:name"] = "arrow.uuid" });
        Assert.Equal($"\"{uuid}\"", Json(Of(field.DataType, uuid.ToByteArray(bigEndian: true)), field));
    }

    [Fact]
    public void Write_ListsOfNothingAndNulls_AreJson()
    {
        var list = new ListArray.Builder(StringType.Default);
        var items = (StringArray.Builder)list.ValueBuilder;
        list.Append();
        items.Append("a\"b").AppendNull();
        list.Append();
        list.AppendNull();
        var array = list.Build();
        Assert.Equal("[\"a\\\"b\",null]", Json(array));
        Assert.Equal("[]", Json(array, row: 1));
        Assert.Equal("null", Json(array, row: 2));
    }

    private static IArrowArray Of(IArrowType type, byte[] bytes) => ArrowArrayFactory.BuildArray(new ArrayData(type, 1, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(bytes)]));

    private static string Json(IArrowArray array, Field? field = null, int row = 0)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JsonText.Relaxed))
        {
            JsonValue.Write(json, array, row, field ?? new Field("v", array.Data.DataType, true));
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
