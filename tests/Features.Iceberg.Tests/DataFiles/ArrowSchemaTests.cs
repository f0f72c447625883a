using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

public sealed class ArrowSchemaTests
{
    [Fact]
    public void Schema_ThereAndBack_IsTheSameButForItsIds() => AnyTable.Schema.Sample(schema =>
        Assert.Equal(Shape(schema.Fields), Shape(ArrowSchema.ToIceberg(ArrowSchema.From(schema)).Fields)));

    [Fact]
    public void FieldIds_StandInTheMetadataAtEveryDepth()
    {
        var arrow = ArrowSchema.From(new Features.Iceberg.Spec.Schema(0, [new(3, "l", new Features.Iceberg.Spec.ListType(9, new PrimitiveType(PrimitiveKind.Uuid), true), false)], []));
        var list = arrow.GetFieldByIndex(0);
        Assert.Equal("3", list.Metadata["PARQUET:field_id"]);
        var element = ((Apache.Arrow.Types.ListType)list.DataType).ValueField;
        Assert.Equal("9", element.Metadata["PARQUET:field_id"]);
        Assert.Equal("arrow.uuid", element.Metadata["ARROW:extension:name"]);
        Assert.False(element.IsNullable);
    }

    [Fact]
    public void Types_WithoutAnEqual_AreAllNamed()
    {
        var arrow = new Apache.Arrow.Schema([new Field("big", UInt64Type.Default, true), new Field("ok", Int8Type.Default, true), new Field("span", IntervalType.YearMonth, true)], null);
        var error = Assert.Throws<InvalidTableArgumentException>(() => ArrowSchema.ToIceberg(arrow));
        Assert.Contains("'big'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'span'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'ok'", error.Message, StringComparison.Ordinal);
    }

    private static string Shape(IReadOnlyList<NestedField> fields) => string.Join(',', fields.Select(f => $"{f.Name} {f.Required} {Shape(f.Type)}"));

    private static string Shape(IcebergType type) => type switch
    {
        Features.Iceberg.Spec.StructType s => $"({Shape(s.Fields)})",
        Features.Iceberg.Spec.ListType l => $"[{l.ElementRequired} {Shape(l.Element)}]",
        Features.Iceberg.Spec.MapType m => $"{{{Shape(m.Key)} {m.ValueRequired} {Shape(m.Value)}}}",
        _ => type.ToString(),
    };
}
