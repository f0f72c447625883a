using Apache.Arrow;
using Features.Core.Online;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Server.Online;
using Features.Server.Online.Frames;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Server.Tests.Online.Frames;

public sealed class FrameTests
{
    private static readonly Schema Table = new(
        0,
        [
            Field(1, "key", new PrimitiveType(PrimitiveKind.Long), required: true),
            Field(2, "truth", new PrimitiveType(PrimitiveKind.Boolean)),
            Field(3, "small", new PrimitiveType(PrimitiveKind.Int)),
            Field(4, "single", new PrimitiveType(PrimitiveKind.Float)),
            Field(5, "real", new PrimitiveType(PrimitiveKind.Double)),
            Field(6, "text", new PrimitiveType(PrimitiveKind.String)),
            Field(7, "day", new PrimitiveType(PrimitiveKind.Date)),
            Field(8, "at", new PrimitiveType(PrimitiveKind.TimestampTz)),
            Field(9, "clock", new PrimitiveType(PrimitiveKind.Time)),
            Field(10, "price", new PrimitiveType(PrimitiveKind.Decimal, 9, 2)),
            Field(11, "id", new PrimitiveType(PrimitiveKind.Uuid)),
            Field(12, "bytes", new PrimitiveType(PrimitiveKind.Binary)),
            Field(13, "list", new ListType(14, new PrimitiveType(PrimitiveKind.Double), false)),
        ],
        []);

    private static readonly Apache.Arrow.Schema Arrow = ArrowSchema.From(Table);

    [Fact]
    public void ToBatch_OfEveryType_TakesItsJsonForm()
    {
        using var batch = Frame.ToBatch(
            new Dictionary<string, IReadOnlyList<FeatureValue>>
            {
                ["key"] = [FeatureValue.Of(1), FeatureValue.Of(2d)],
                ["truth"] = [FeatureValue.Of(true), FeatureValue.Null],
                ["small"] = [FeatureValue.Of(3d), FeatureValue.Null],
                ["single"] = [FeatureValue.Of(0.5), FeatureValue.Of(2)],
                ["real"] = [FeatureValue.Of("NaN"), FeatureValue.Of(long.MaxValue)],
                ["text"] = [FeatureValue.Of("ä"), FeatureValue.Of("")],
                ["day"] = [FeatureValue.Of("1970-01-02"), FeatureValue.Null],
                ["at"] = [FeatureValue.Of("1970-01-01T00:00:01.5Z"), FeatureValue.Of(2)],
                ["clock"] = [FeatureValue.Of("00:00:01.000001"), FeatureValue.Null],
                ["price"] = [FeatureValue.Of("-12.3"), FeatureValue.Of(0.25)],
                ["id"] = [FeatureValue.Of("00112233-4455-6677-8899-aabbccddeeff"), FeatureValue.Null],
                ["bytes"] = [FeatureValue.Of("AP8="), FeatureValue.Null],
                ["list"] = [FeatureValue.OfList([FeatureValue.Of(1), FeatureValue.Null]), FeatureValue.OfList([])],
            },
            Arrow,
            "table 't'");

        Assert.Equal(2, batch.Length);
        Assert.Equal([1L, 2L], [.. Enumerable.Range(0, 2).Select(((Int64Array)batch.Column("key")).GetValue)]);
        Assert.Equal([true, null], [.. Enumerable.Range(0, 2).Select(((BooleanArray)batch.Column("truth")).GetValue)]);
        Assert.Equal([3, null], [.. Enumerable.Range(0, 2).Select(((Int32Array)batch.Column("small")).GetValue)]);
        Assert.Equal([0.5f, 2f], [.. Enumerable.Range(0, 2).Select(((FloatArray)batch.Column("single")).GetValue)]);
        Assert.Equal([double.NaN, 9.223372036854775807e18], [.. Enumerable.Range(0, 2).Select(((DoubleArray)batch.Column("real")).GetValue)]);
        Assert.Equal(["ä", ""], [.. Enumerable.Range(0, 2).Select(i => ((StringArray)batch.Column("text")).GetString(i))]);
        Assert.Equal([1, null], [.. Enumerable.Range(0, 2).Select(((Date32Array)batch.Column("day")).GetValue)]);
        Assert.Equal([1_500_000, 2_000_000], [.. Enumerable.Range(0, 2).Select(((TimestampArray)batch.Column("at")).GetValue)]);
        Assert.Equal([1_000_001, null], [.. Enumerable.Range(0, 2).Select(((Time64Array)batch.Column("clock")).GetValue)]);
        Assert.Equal([-12.30m, 0.25m], [.. Enumerable.Range(0, 2).Select(((Decimal128Array)batch.Column("price")).GetValue)]);
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Convert.ToHexString(((Apache.Arrow.Arrays.FixedSizeBinaryArray)batch.Column("id")).GetBytes(0)));
        Assert.True(batch.Column("id").IsNull(1));
        Assert.Equal([0, 255], ((BinaryArray)batch.Column("bytes")).GetBytes(0).ToArray());
        var list = (ListArray)batch.Column("list");
        Assert.Equal([1d, null], [.. Enumerable.Range(0, 2).Select(((DoubleArray)list.GetSlicedValues(0)).GetValue)]);
        Assert.Equal(0, list.GetValueLength(1));
        Assert.All(Arrow.FieldsList, field => Assert.Equal(field.DataType.TypeId, batch.Column(field.Name).Data.DataType.TypeId));
    }

    [Fact]
    public void ToBatch_OfSomeColumns_HasThemInTheTablesOrder()
    {
        using var batch = Frame.ToBatch(
            new Dictionary<string, IReadOnlyList<FeatureValue>> { ["text"] = [FeatureValue.Of("x")], ["other"] = [FeatureValue.Null], ["key"] = [FeatureValue.Of(1)] }, Arrow, "table 't'", ["other"]);
        Assert.Equal(["key", "text"], batch.Schema.FieldsList.Select(f => f.Name));
    }

    [Fact]
    public void ToBatch_OfWhatDoesNotFit_NamesEveryColumnAndRow()
    {
        var fault = Assert.Throws<OnlineFault>(() => Frame.ToBatch(
            new Dictionary<string, IReadOnlyList<FeatureValue>>
            {
                ["key"] = [FeatureValue.Null, FeatureValue.Of("x")],
                ["smal"] = [FeatureValue.Of(1), FeatureValue.Of(1)],
                ["small"] = [FeatureValue.Of(1L << 40), FeatureValue.Of(1.5)],
                ["at"] = [FeatureValue.Of("noon"), FeatureValue.Null],
                ["price"] = [FeatureValue.Of("1.234"), FeatureValue.Of("12345678.9")],
                ["text"] = [FeatureValue.Of(1), FeatureValue.Null],
                ["list"] = [FeatureValue.Of(1), FeatureValue.OfList([FeatureValue.Of("a")])],
            },
            Arrow,
            "table 't'"));
        Assert.Equal(422, fault.Status);
        foreach (var part in (string[])[
            "the rows do not fit table 't', and none was taken",
            "table 't' has no column 'smal'; it has key, truth, small",
            "column 'key', row 0: there is no value, and there must be one",
            "column 'key', row 1: 'x' is no integer of 64 bits",
            "column 'small', row 0: 1099511627776 is beyond 32 bits",
            "column 'small', row 1: 1.5 is no integer",
            "column 'at', row 0: 'noon' is no time",
            "column 'price', row 0: '1.234' has more than 2 digits behind the point",
            "column 'price', row 1: '12345678.9' has more than 7 digits before the point",
            "column 'text', row 0: 1 is no text",
            "column 'list', row 0: 1 is no list",
            "column 'list', row 1: 'a' is no number"])
        {
            Assert.Contains(part, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ToBatch_WithoutARequiredColumn_NamesIt()
    {
        var fault = Assert.Throws<OnlineFault>(() => Frame.ToBatch(new Dictionary<string, IReadOnlyList<FeatureValue>> { ["small"] = [FeatureValue.Of(1)] }, Arrow, "table 't'"));
        Assert.Contains("column 'key' is missing, and table 't' needs it in every row", fault.Message, StringComparison.Ordinal);
    }

    private static NestedField Field(int id, string name, IcebergType type, bool required = false) => new(id, name, type, required);
}
