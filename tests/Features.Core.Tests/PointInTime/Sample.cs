using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Tests.PointInTime;

/// <summary>Random rows of a source and of a spine, with a composite key, two clocks, ties, nulls and NaN; as the nested loop reads them and as tables.</summary>
internal sealed record Sample(IReadOnlyList<Sample.SourceRow> Source, IReadOnlyList<Sample.SpineRow> SpineRows)
{
    private static readonly TimestampType Micros = new(Apache.Arrow.Types.TimeUnit.Microsecond, (string?)null);

    private static readonly Gen<long?> Group = Gen.OneOf(Gen.OneOf<long?>(1, 12), Gen.Const((long?)null));

    private static readonly Gen<string?> Name = Gen.OneOf(Gen.OneOf<string?>("23", "3"), Gen.Const((string?)null));

    private static readonly Gen<long?> Moment = Gen.Long[0, 12].Nullable(0.05);

    private static readonly Gen<double?> Number = Gen.OneOf(Gen.Int[-3, 3].Select(i => i / 2.0), Gen.OneOf(double.NaN, 1e300, 0.1)).Nullable(0.15);

    private static readonly Gen<SourceRow> AnySource = Gen.Select(Group, Name, Moment, Moment, Gen.Int[0, 1].Nullable(0.2), Number, Gen.Long[-5, 5].Nullable(0.15), Gen.OneOf("a", "b", "").Null(0.15))
        .Select((group, name, happened, known, rank, number, whole, text) => new SourceRow(group, name, happened, known, rank, number, whole, text));

    private static readonly Gen<SpineRow> AnySpine = Gen.Select(Group, Name, Moment, (g, n, m) => new SpineRow(g, n, m));

    public static Gen<Sample> Any { get; } = Gen.Select(AnySource.List[1, 40], AnySpine.List[0, 30], (rows, spine) => new Sample(rows, spine));

    public static Entity Thing { get; } = new("thing", new EntityKey("grp", "long"), new EntityKey("name", "string"));

    public sealed record SourceRow(long? Group, string? Name, long? Happened, long? Known, int? Rank, double? Number, long? Whole, string? Text)
    {
        public string? Key => Group is null || Name is null ? null : $"{Group}|{Name}";
    }

    public sealed record SpineRow(long? Group, string? Name, long? At)
    {
        public string? Key => Group is null || Name is null ? null : $"{Group}|{Name}";
    }

    /// <summary>The source as the nested loop reads it: order_by rank (nulls first), then the canonical row order (nulls last), in which <c>known</c> is a column like others unless it is a clock.</summary>
    public IReadOnlyList<NestedLoop.Row> Rows(bool hasAvailable) =>
    [
        .. Source.OrderBy(r => r.Rank ?? int.MinValue)
            .ThenBy(r => hasAvailable ? 0 : r.Known ?? long.MaxValue)
            .ThenBy(r => r.Number is null ? 2 : double.IsNaN(r.Number.Value) ? 1 : 0).ThenBy(r => r.Number is { } n && !double.IsNaN(n) ? n : 0)
            .ThenBy(r => r.Whole ?? long.MaxValue)
            .ThenBy(r => r.Text ?? "\uffff", StringComparer.Ordinal)
            .Select((r, i) => new NestedLoop.Row(r.Key, r.Happened, r.Known, i, r.Number, r.Whole) { Text = r.Text }),
    ];

    public IReadOnlyList<NestedLoop.Spine> Spine => [.. SpineRows.Select(s => new NestedLoop.Spine(s.Key, s.At))];

    public RecordBatch SourceBatch => Batch(
        ("grp", Longs(Source.Select(r => r.Group))), ("name", Texts(Source.Select(r => r.Name))), ("happened", Moments(Source.Select(r => r.Happened))), ("known", Moments(Source.Select(r => r.Known))),
        ("rank", new Int32Array.Builder().AppendAll(Source.Select(r => r.Rank))), ("number", Doubles(Source.Select(r => r.Number))), ("whole", Longs(Source.Select(r => r.Whole))), ("text", Texts(Source.Select(r => r.Text))));

    public RecordBatch SpineBatch => Batch(
        ("grp", Longs(SpineRows.Select(r => r.Group))), ("name", Texts(SpineRows.Select(r => r.Name))), ("at", Moments(SpineRows.Select(r => r.At))));

    public static RecordBatch Batch(params (string Name, IArrowArray Column)[] columns) =>
        new(new ArrowSchemaType([.. columns.Select(c => new Field(c.Name, c.Column.Data.DataType, nullable: true))], null), columns.Select(c => c.Column), columns[0].Column.Length);

    public static IArrowArray Longs(IEnumerable<long?> values) => values.Aggregate(new Int64Array.Builder(), (b, v) => b.Append(v)).Build();

    public static IArrowArray Doubles(IEnumerable<double?> values) => values.Aggregate(new DoubleArray.Builder(), (b, v) => b.Append(v)).Build();

    public static IArrowArray Texts(IEnumerable<string?> values) => values.Aggregate(new StringArray.Builder(), (b, v) => v is null ? b.AppendNull() : b.Append(v)).Build();

    public static IArrowArray Moments(IEnumerable<long?> values, TimestampType? type = null)
    {
        var longs = (Int64Array)Longs(values);
        return new TimestampArray(type ?? Micros, longs.ValueBuffer, longs.NullBitmapBuffer, longs.Length, longs.NullCount, 0);
    }

    public override string ToString() => $"{string.Join("; ", Source)} <- {string.Join("; ", SpineRows)}";
}

file static class Builders
{
    public static Int32Array AppendAll(this Int32Array.Builder builder, IEnumerable<int?> values) => values.Aggregate(builder, (b, v) => b.Append(v)).Build();
}
