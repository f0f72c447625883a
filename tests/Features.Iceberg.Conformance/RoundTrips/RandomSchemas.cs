using Features.Iceberg.Spec;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>Random schemas of what version 2 can hold, under names that SQL, paths and Avro find hard, and the partition and sort fields that fit them.</summary>
internal sealed class RandomSchemas(Random random)
{
    private static readonly string[] Names =
        ["a", "Ab", "id", "x y", "a.b", "\"q\"", "it's", "ünï-cödé", "\U0001F680", "select", "b;--", "名", "_z", "a/b", "%41", "c=d", "element", "key", "value", "1st", "null", "b", "c"];

    private int last;

    public Schema Schema()
    {
        last = 0;
        return new Schema(0, Fields(3, 1, 6), []);
    }

    /// <summary>A type with ids of its own, for a column that is added.</summary>
    public IcebergType Type(int depth) => (depth == 0 ? 9 : random.Next(9)) switch
    {
        0 => new StructType(Fields(depth - 1, 1, 3)),
        1 => new ListType(++last, Type(depth - 1), random.Next(3) == 0),
        2 => new MapType(++last, Key(), ++last, Type(depth - 1), random.Next(3) == 0),
        _ => Primitive(),
    };

    /// <summary>A name that none of these has.</summary>
    public string Name(IEnumerable<string> taken)
    {
        var used = taken.ToHashSet();
        var free = Names.Where(n => !used.Contains(n)).ToArray();
        return free.Length > 0 && random.Next(8) != 0 ? free[random.Next(free.Length)] : Enumerable.Range(1, 10_000).Select(i => $"c{i}").First(n => !used.Contains(n));
    }

    /// <summary>A transform that takes the type.</summary>
    public Transform Transform(PrimitiveType type)
    {
        Transform[] all =
        [
            Spec.Transform.Identity, new(TransformKind.Bucket, random.Next(1, 5)), new(TransformKind.Truncate, random.Next(1, 4)), new(TransformKind.Year), new(TransformKind.Month), new(TransformKind.Day),
            new(TransformKind.Hour), new(TransformKind.Void),
        ];
        var fitting = all.Where(t => Takes(t, type)).ToArray();
        return fitting[random.Next(fitting.Length)];
    }

    private List<NestedField> Fields(int depth, int least, int most)
    {
        var fields = new List<NestedField>();
        for (var i = random.Next(least, most + 1); i > 0; i--)
        {
            fields.Add(new NestedField(++last, Name(fields.Select(f => f.Name)), Type(depth), random.Next(4) == 0));
        }

        return fields;
    }

    private PrimitiveType Primitive()
    {
        var kind = (PrimitiveKind)random.Next((int)PrimitiveKind.Unknown);
        return kind switch
        {
            PrimitiveKind.Decimal => AnyDecimal(),
            PrimitiveKind.Fixed => new PrimitiveType(kind, Length: random.Next(1, 20)),
            PrimitiveKind.TimestampNs => new PrimitiveType(PrimitiveKind.Timestamp),
            PrimitiveKind.TimestampTzNs => new PrimitiveType(PrimitiveKind.TimestampTz),
            _ => new PrimitiveType(kind),
        };
    }

    private PrimitiveType AnyDecimal()
    {
        var precision = random.Next(1, 39);
        return new PrimitiveType(PrimitiveKind.Decimal, precision, random.Next(precision + 1));
    }

    private PrimitiveType Key()
    {
        while (true)
        {
            if (Primitive() is { Kind: not (PrimitiveKind.Float or PrimitiveKind.Double) } key)
            {
                return key;
            }
        }
    }

    private static bool Takes(Transform transform, PrimitiveType type)
    {
        try
        {
            transform.ResultType(type);
            return true;
        }
        catch (InvalidTableArgumentException)
        {
            return false;
        }
    }
}
