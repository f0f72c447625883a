using System.Numerics;
using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>Filters on batches against a plain evaluation of each row, over every primitive type, nulls, NaN and structs.</summary>
public sealed class RowFilterTests
{
    private static readonly PrimitiveType[] Types =
    [
        new(PrimitiveKind.Boolean), new(PrimitiveKind.Int), new(PrimitiveKind.Long), new(PrimitiveKind.Float), new(PrimitiveKind.Double), new(PrimitiveKind.Decimal, 20, 2), new(PrimitiveKind.Date),
        new(PrimitiveKind.Time), new(PrimitiveKind.Timestamp), new(PrimitiveKind.TimestampTz), new(PrimitiveKind.TimestampNs), new(PrimitiveKind.TimestampTzNs), new(PrimitiveKind.String),
        new(PrimitiveKind.Uuid), new(PrimitiveKind.Fixed, Length: 2), new(PrimitiveKind.Binary),
    ];

    /// <summary>Each type once at the top (<c>c0</c>…) and once within a struct (<c>s.c0</c>…).</summary>
    private static readonly Schema Table = new(
        0,
        [.. Types.Select((t, i) => new NestedField(i + 1, $"c{i}", t, false)), new NestedField(100, "s", new StructType([.. Types.Select((t, i) => new NestedField(i + 101, $"c{i}", t, false))]), false)],
        []);

    [Fact]
    public void Rows_AreThoseForWhichTheFilterIsTrue() => Gen.Int[0, int.MaxValue - 1].Sample(
        seed =>
        {
            var random = new Random(seed);
            var rows = Enumerable.Range(0, random.Next(1, 20)).Select(_ => AnyRow(random)).ToList();
            var filter = AnyFilter(random, 3);
            using var batch = Rows.ToBatch(Table, rows);
            var selection = new RowFilter(filter, Table).Of(batch);
            Assert.Equal(rows.Select(r => Matches(filter, r) == true), Enumerable.Range(0, rows.Count).Select(i => selection[i]));

            // A batch whose arrays begin further on holds the same values.
            var start = random.Next(rows.Count);
            using var part = batch.Slice(start, rows.Count - start);
            var ofPart = new RowFilter(filter, Table).Of(part);
            Assert.Equal(rows.Skip(start).Select(r => Matches(filter, r) == true), Enumerable.Range(0, part.Length).Select(i => ofPart[i]));
            using var taken = ofPart.Of(part);
            Assert.Equal(rows.Skip(start).Where(r => Matches(filter, r) == true).Select(Rows.Text), Rows.Of(taken, Table).Select(Rows.Text));
        },
        iter: 3_000);

    [Fact]
    public void Selection_AndItsOpposite_HaveAllRows()
    {
        using var batch = Rows.ToBatch(new Schema(0, [Table.Fields[1]], []), [[1], [null], [3]]);
        var less = new RowFilter(Filter.Compare("c1", Comparison.Less, 2), new Schema(0, [Table.Fields[1]], [])).Of(batch);
        Assert.Equal([true, false, false], [less[0], less[1], less[2]]);
        Assert.Equal((1, 2, 0), (less.Count, less.Not().Count, less.And(less.Not()).Count));
    }

    [Theory]
    [InlineData("s", "nested")]
    [InlineData("s.nope", "s.nope")]
    [InlineData("nope", "nope")]
    public void Column_ThatCannotBeCompared_IsRefusedByName(string column, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidTableArgumentException>(() => new RowFilter(Filter.Compare(column, Comparison.IsNull), Table)).Message, StringComparison.Ordinal);

    private static object?[] AnyRow(Random random)
    {
        object?[] Values() => [.. Types.Select(t => random.Next(5) == 0 ? null : Literal(random, t))];
        return [.. Values(), random.Next(4) == 0 ? null : Values()];
    }

    private static Filter AnyFilter(Random random, int depth)
    {
        switch (depth == 0 ? 9 : random.Next(7))
        {
            case 0:
                return AnyFilter(random, depth - 1).And(AnyFilter(random, depth - 1));
            case 1:
                return AnyFilter(random, depth - 1).Or(AnyFilter(random, depth - 1));
            case 2:
                return AnyFilter(random, depth - 1).Not();
        }

        var column = random.Next(Types.Length);
        var comparison = (Comparison)random.Next(13);
        column = comparison == Comparison.StartsWith ? 12 : column;
        var count = comparison switch
        {
            Comparison.IsNull or Comparison.NotNull or Comparison.IsNan or Comparison.NotNan => 0,
            Comparison.In or Comparison.NotIn => random.Next(4),
            _ => 1,
        };
        return Filter.Compare($"{(random.Next(2) == 0 ? "" : "s.")}c{column}", comparison, [.. Enumerable.Range(0, count).Select(_ => Literal(random, Types[column]))]);
    }

    private static object Literal(Random random, PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Boolean => random.Next(2) == 0,
        PrimitiveKind.Int or PrimitiveKind.Date => random.Next(-3, 3),
        PrimitiveKind.Float => new[] { float.NaN, -0f, 0f, 1f, -1f, float.NegativeInfinity }[random.Next(6)],
        PrimitiveKind.Double => new[] { double.NaN, -0d, 0d, 1d, -1d, double.PositiveInfinity }[random.Next(6)],
        PrimitiveKind.Decimal => (random.Next(2) == 0 ? BigInteger.One : BigInteger.Pow(10, 15)) * random.Next(-3, 3),
        PrimitiveKind.String => new string([.. Enumerable.Range(0, random.Next(4)).SelectMany(_ => new[] { "a", "b", "\uFFFF", "😀" }[random.Next(4)])]),
        PrimitiveKind.Uuid => new Guid(new byte[] { (byte)random.Next(2), 0, 0, 0, 0, 0, 0, (byte)random.Next(200, 202), 0, 0, 0, 0, 0, 0, 0, (byte)random.Next(2) }, bigEndian: true),
        PrimitiveKind.Fixed => new[] { (byte)random.Next(2), (byte)random.Next(127, 130) },
        PrimitiveKind.Binary => Enumerable.Range(0, random.Next(3)).Select(_ => (byte)random.Next(127, 130)).ToArray(),
        _ => random.NextInt64(-3, 3),
    };

    /// <summary>SQL's three-valued logic; null is unknown, NaN is equal to itself and above all numbers.</summary>
    private static bool? Matches(Filter filter, object?[] row)
    {
        switch (filter)
        {
            case Filter.All:
                return true;
            case Filter.Negation n:
                return !Matches(n.Inner, row);
            case Filter.Conjunction c:
                return Matches(c.Left, row) & Matches(c.Right, row);
            case Filter.Disjunction d:
                return Matches(d.Left, row) | Matches(d.Right, row);
        }

        var p = (Filter.Predicate)filter;
        var isNested = p.Column[0] == 's';
        var index = int.Parse(p.Column[(isNested ? 3 : 1)..], System.Globalization.CultureInfo.InvariantCulture);
        var value = isNested ? (row[^1] as object?[])?[index] : row[index];
        if (p.Comparison is Comparison.IsNull or Comparison.NotNull)
        {
            return value is null == (p.Comparison == Comparison.IsNull);
        }

        if (value is null)
        {
            return null;
        }

        int Order(object literal) => SingleValue.Compare(Unsigned(value), Unsigned(literal), Types[index]);
        return p.Comparison switch
        {
            Comparison.IsNan => value is double.NaN or float.NaN,
            Comparison.NotNan => value is not (double.NaN or float.NaN),
            Comparison.Equal => Order(p.Values[0]) == 0,
            Comparison.NotEqual => Order(p.Values[0]) != 0,
            Comparison.Less => Order(p.Values[0]) < 0,
            Comparison.LessOrEqual => Order(p.Values[0]) <= 0,
            Comparison.Greater => Order(p.Values[0]) > 0,
            Comparison.GreaterOrEqual => Order(p.Values[0]) >= 0,
            Comparison.In => p.Values.Any(v => Order(v) == 0),
            Comparison.NotIn => p.Values.All(v => Order(v) != 0),
            _ => ((string)value).StartsWith((string)p.Values[0], StringComparison.Ordinal),
        };
    }

    private static object Unsigned(object value) => value switch
    {
        0d => 0d,
        0f => 0f,
        _ => value,
    };
}
