using System.Numerics;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Conformance;

/// <summary>Generators of schemas and rows that reach every type and depth.</summary>
public static class AnyTable
{
    private static readonly PrimitiveType[] Primitives =
    [
        new(PrimitiveKind.Boolean), new(PrimitiveKind.Int), new(PrimitiveKind.Long), new(PrimitiveKind.Float), new(PrimitiveKind.Double),
        new(PrimitiveKind.Decimal, 7, 2), new(PrimitiveKind.Decimal, 18, 0), new(PrimitiveKind.Decimal, 38, 10), new(PrimitiveKind.Date), new(PrimitiveKind.Time),
        new(PrimitiveKind.Timestamp), new(PrimitiveKind.TimestampTz), new(PrimitiveKind.TimestampNs), new(PrimitiveKind.TimestampTzNs),
        new(PrimitiveKind.String), new(PrimitiveKind.Uuid), new(PrimitiveKind.Fixed, Length: 5), new(PrimitiveKind.Binary),
    ];

    /// <summary>One optional and one required column of every primitive type.</summary>
    public static Schema OfAllPrimitives { get; } = new(
        0, [.. Primitives.SelectMany((p, i) => new[] { new NestedField((2 * i) + 1, $"optional_{i}", p, false), new NestedField((2 * i) + 2, $"required_{i}", p, true) })], []);

    public static Gen<Schema> Schema { get; } = Gen.Int[0, int.MaxValue - 1].Select(seed =>
    {
        var random = new Random(seed);
        var id = 0;
        return new Schema(0, Fields(random, ref id, 3), []);
    });

    public static Gen<List<object?[]>> RowsOf(Schema schema, int max) => Gen.Select(Gen.Int[0, max], Gen.Int[0, int.MaxValue - 1], (count, seed) =>
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(_ => schema.Fields.Select(f => Value(random, f.Type, f.Required)).ToArray()).ToList();
    });

    public static object? Value(Random random, IcebergType type, bool required)
    {
        if (!required && random.Next(4) == 0)
        {
            return null;
        }

        return type switch
        {
            StructType s => s.Fields.Select(f => Value(random, f.Type, f.Required)).ToArray(),
            ListType l => Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, l.Element, l.ElementRequired)).ToList(),
            MapType m => Enumerable.Range(0, random.Next(4)).Select(_ => new KeyValuePair<object, object?>(Value(random, m.Key, true)!, Value(random, m.Value, m.ValueRequired))).DistinctBy(p => Rows.Text(p.Key)).ToList(),
            _ => Primitive(random, (PrimitiveType)type),
        };
    }

    private static object Primitive(Random random, PrimitiveType type)
    {
        switch (type.Kind)
        {
            case PrimitiveKind.Boolean:
                return random.Next(2) == 1;
            case PrimitiveKind.Int:
                return random.Next(8) switch { 0 or 1 => random.Next(-3, 3), 2 => int.MinValue, 3 => int.MaxValue, _ => random.Next(int.MinValue, int.MaxValue) };
            case PrimitiveKind.Date:
                // Years about -4000 to 12000 among them.
                return random.Next(6) == 0 ? random.Next(-2_200_000, 3_700_000) : random.Next(-40_000, 40_000);
            case PrimitiveKind.Long:
                return random.Next(8) switch { 0 or 1 => random.NextInt64(-3, 3), 2 => long.MinValue, 3 => long.MaxValue, _ => random.NextInt64(long.MinValue, long.MaxValue) };
            case PrimitiveKind.Time:
                return random.Next(6) switch { 0 => 0L, 1 => 86_399_999_999, _ => random.NextInt64(0, 86_400_000_000) };
            case PrimitiveKind.Float:
                return random.Next(8) switch { 0 => float.NaN, 1 => 0f, 2 => -0f, 3 => float.NegativeInfinity, _ => (float)((random.NextDouble() - 0.5) * 1e6) };
            case PrimitiveKind.Double:
                return random.Next(8) switch { 0 => double.NaN, 1 => 0d, 2 => -0d, 3 => double.PositiveInfinity, _ => (random.NextDouble() - 0.5) * 1e12 };
            case PrimitiveKind.Decimal:
                var limit = BigInteger.Pow(10, type.Precision);
                return random.Next(3) switch { 0 => limit - 1, 1 => 1 - limit, _ => new BigInteger(random.NextInt64()) % limit * (random.Next(2) == 0 ? 1 : -1) };
            case PrimitiveKind.String:
                return random.Next(8) switch { 0 => "", 3 => new string('x', random.Next(2_000)) + "\U0010FFFF\uFFFD\uE000", 4 => "\0'\"\n%", 1 => "a much longer text than the sixteen of a bound", 2 => "żółć \U0001F680", _ => $"v{random.Next(5)}" };
            case PrimitiveKind.Uuid:
                return new Guid(Bytes(random, 16));
            case PrimitiveKind.Fixed:
                return Bytes(random, type.Length);
            case PrimitiveKind.Binary:
                return Bytes(random, random.Next(24));
            default:
                return random.Next(6) == 0 ? random.NextInt64(-190_000_000_000_000_000, 310_000_000_000_000_000) : random.NextInt64(-4_000_000_000_000_000, 4_000_000_000_000_000);
        }
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static List<NestedField> Fields(Random random, ref int id, int depth)
    {
        var fields = new List<NestedField>();
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var own = ++id;
            fields.Add(new NestedField(own, $"f{own}", Type(random, ref id, depth), random.Next(3) == 0));
        }

        return fields;
    }

    private static IcebergType Type(Random random, ref int id, int depth)
    {
        switch (depth == 0 ? 9 : random.Next(8))
        {
            case 0:
                return new StructType(Fields(random, ref id, depth - 1));
            case 1:
                var element = ++id;
                return new ListType(element, Type(random, ref id, depth - 1), random.Next(2) == 0);
            case 2:
                var (key, value) = (++id, ++id);
                return new MapType(key, new PrimitiveType(random.Next(2) == 0 ? PrimitiveKind.String : PrimitiveKind.Int), value, Type(random, ref id, depth - 1), random.Next(2) == 0);
            default:
                return Primitives[random.Next(Primitives.Length)];
        }
    }
}
