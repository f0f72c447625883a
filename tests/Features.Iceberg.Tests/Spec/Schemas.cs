using Features.Iceberg.Spec;

namespace Features.Iceberg.Tests.Spec;

/// <summary>Random schemas with every kind of nesting; field ids are given out in order, from 1.</summary>
internal static class Schemas
{
    public static Gen<Schema> Any { get; } = Gen.Select(Gen.Int[0, 9], Gen.Int[1, 6], Gen.Int).Select((id, count, seed) => Build(id, count, seed));

    private static Schema Build(int id, int count, int seed)
    {
        var random = new Random(seed);
        var nextId = 1;
        NestedField[] fields = [.. Enumerable.Range(0, count).Select(_ => Field(random, ref nextId, 0))];
        return new Schema(id, fields, [.. fields.Where(f => f.Required && f.Type is PrimitiveType).Select(f => f.Id).Take(1)]);
    }

    private static NestedField Field(Random random, ref int nextId, int depth)
    {
        var id = nextId++;
        var type = Type(random, ref nextId, depth);
        var value = type is PrimitiveType p ? DefaultOf(p) : null;
        return new NestedField(id, $"f{id} ü\"", type, random.Next(2) == 0, random.Next(3) == 0 ? "doc" : null, random.Next(2) == 0 ? value : null, random.Next(2) == 0 ? value : null);
    }

    private static IcebergType Type(Random random, ref int nextId, int depth)
    {
        switch (depth < 3 ? random.Next(6) : 5)
        {
            case 0:
                var fields = new List<NestedField>();
                for (var i = random.Next(4); i > 0; i--)
                {
                    fields.Add(Field(random, ref nextId, depth + 1));
                }

                return new StructType(fields);
            case 1:
                return new ListType(nextId++, Type(random, ref nextId, depth + 1), random.Next(2) == 0);
            case 2:
                var (key, value) = (nextId++, nextId++);
                return new MapType(key, Type(random, ref nextId, depth + 1), value, Type(random, ref nextId, depth + 1), random.Next(2) == 0);
            default:
                return (PrimitiveKind)random.Next(Enum.GetValues<PrimitiveKind>().Length) switch
                {
                    PrimitiveKind.Decimal => new PrimitiveType(PrimitiveKind.Decimal, Precision: random.Next(10, 39), Scale: random.Next(10)),
                    PrimitiveKind.Fixed => new PrimitiveType(PrimitiveKind.Fixed, Length: 3),
                    PrimitiveKind.Geometry => new PrimitiveType(PrimitiveKind.Geometry, Parameters: random.Next(2) == 0 ? null : "srid:3857"),
                    var kind => new PrimitiveType(kind),
                };
        }
    }

    private static object? DefaultOf(PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Boolean => true,
        PrimitiveKind.Int or PrimitiveKind.Date => -7,
        PrimitiveKind.Long or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => -7_000_000_123L,
        PrimitiveKind.Time => 7_000_123L,
        PrimitiveKind.Float => 1.5f,
        PrimitiveKind.Double => -0.1,
        PrimitiveKind.Decimal => new System.Numerics.BigInteger(-12345),
        PrimitiveKind.String => "tëxt",
        PrimitiveKind.Uuid => Guid.Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7"),
        PrimitiveKind.Fixed or PrimitiveKind.Binary => new byte[] { 1, 2, 255 },
        _ => null,
    };
}
