namespace Features.Iceberg.Manifests.Avro;

/// <summary>Reads one value of a writer's type as one of ours.</summary>
internal delegate object? AvroGetter(ref AvroReader reader);

/// <summary>Reads one value unboxed.</summary>
internal delegate T AvroRead<T>(ref AvroReader reader);

/// <summary>Passes over one value.</summary>
internal delegate void AvroSkip(ref AvroReader reader);

/// <summary>Getters by the type wanted, each fitted once to the writer's type.</summary>
internal static class AvroGetters
{
    // What a file claims is not believed with memory beyond the columns of a wide table.
    private const int LargestPresized = 1024;

    public static AvroGetter Boolean(AvroSchema schema) => schema switch
    {
        AvroPrimitive { Kind: AvroKind.Boolean } => static (ref reader) => reader.ReadBoolean(),
        _ => Optional(schema, Boolean, "a boolean"),
    };

    public static AvroGetter Int(AvroSchema schema) => schema switch
    {
        AvroPrimitive { Kind: AvroKind.Int or AvroKind.Long } => static (ref reader) => reader.ReadInt(),
        _ => Optional(schema, Int, "an integer"),
    };

    public static AvroGetter Long(AvroSchema schema) => schema switch
    {
        AvroPrimitive { Kind: AvroKind.Int or AvroKind.Long } => static (ref reader) => reader.ReadLong(),
        _ => Optional(schema, Long, "an integer"),
    };

    public static AvroGetter Bytes(AvroSchema schema) => schema switch
    {
        AvroPrimitive { Kind: AvroKind.Bytes or AvroKind.String } => static (ref reader) => reader.ReadBytes().ToArray(),
        AvroFixed { Size: var size } => (ref reader) => reader.ReadFixed(size).ToArray(),
        _ => Optional(schema, Bytes, "bytes"),
    };

    public static AvroGetter String(AvroSchema schema) => schema switch
    {
        AvroPrimitive { Kind: AvroKind.String or AvroKind.Bytes } => static (ref reader) => reader.ReadString(),
        AvroEnum { Symbols: var symbols } => (ref reader) => symbols[reader.ReadIndex(symbols.Count)],
        _ => Optional(schema, String, "a string"),
    };

    /// <summary>An array as <c>IReadOnlyList&lt;T&gt;</c>.</summary>
    public static Func<AvroSchema, AvroGetter> List<T>(Func<AvroSchema, AvroGetter> item) => schema =>
    {
        if (schema is not AvroArray array)
        {
            return Optional(schema, List<T>(item), "an array");
        }

        var get = item(array.Items);
        return (ref reader) =>
        {
            var items = new List<T>();
            for (var count = reader.ReadBlockCount(); count > 0; count = reader.ReadBlockCount())
            {
                for (var i = 0; i < count; i++)
                {
                    items.Add((T?)get(ref reader) ?? throw new InvalidDataException("an array has a null item"));
                }
            }

            return items;
        };
    };

    /// <summary>A map of integers by integer keys; only those of <paramref name="wanted"/>, if it is not null.</summary>
    public static Func<AvroSchema, AvroGetter> Counts(IReadOnlySet<int>? wanted) => schema =>
        Map<long>(schema, wanted, Counts(wanted), Long, static (ref reader) => reader.ReadLong(), static (ref reader) => reader.ReadLong(), static kind => kind is AvroKind.Int or AvroKind.Long);

    /// <summary>A map of bytes by integer keys; only those of <paramref name="wanted"/>, if it is not null.</summary>
    public static Func<AvroSchema, AvroGetter> Bounds(IReadOnlySet<int>? wanted) => schema => Map<byte[]>(
        schema, wanted, Bounds(wanted), Bytes, static (ref reader) => reader.ReadBytes().ToArray(), static (ref reader) => reader.ReadBytes(), static kind => kind is AvroKind.Bytes or AvroKind.String);

    /// <summary>Nothing: the value is passed over.</summary>
    public static AvroGetter Skipped(AvroSchema schema) => (ref reader) =>
    {
        reader.Skip(schema);
        return null;
    };

    /// <summary>
    /// A map with integer keys, which Iceberg writes as an array of key-value records, as <c>Dictionary&lt;int, T&gt;</c>. A wide table's manifest is little else than these maps,
    /// so values of a <paramref name="isPlain"/> type go into them by <paramref name="read"/>, without a box, and those that are not wanted are passed over by <paramref name="skip"/>.
    /// </summary>
    private static AvroGetter Map<T>(
        AvroSchema schema, IReadOnlySet<int>? wanted, Func<AvroSchema, AvroGetter> self, Func<AvroSchema, AvroGetter> value, AvroRead<T> read, AvroSkip skip, Func<AvroKind, bool> isPlain)
    {
        // BigQuery makes even the pairs optional.
        var union = schema is AvroArray { Items: AvroUnion { Branches: [AvroPrimitive { Kind: AvroKind.Null }, AvroRecord] } items } ? items : null;
        if ((union?.Branches[1] ?? (schema as AvroArray)?.Items) is not AvroRecord { Fields: [var keyField, var valueField] })
        {
            return Optional(schema, self, "an array of keys and values");
        }

        if (union is null && keyField.Type is AvroPrimitive { Kind: AvroKind.Int or AvroKind.Long } && valueField.Type is AvroPrimitive { Kind: var kind } && isPlain(kind))
        {
            return (ref reader) =>
            {
                var count = reader.ReadBlockCount();
                var map = new Dictionary<int, T>(Math.Min(Math.Min(count, LargestPresized), wanted?.Count ?? int.MaxValue));
                for (; count > 0; count = reader.ReadBlockCount())
                {
                    for (var i = 0; i < count; i++)
                    {
                        var key = reader.ReadInt();
                        if (wanted is null || wanted.Contains(key))
                        {
                            map[key] = read(ref reader);
                        }
                        else
                        {
                            skip(ref reader);
                        }
                    }
                }

                return map;
            };
        }

        var (getKey, getValue) = (Int(keyField.Type), value(valueField.Type));
        return (ref reader) =>
        {
            var map = new Dictionary<int, T>();
            for (var count = reader.ReadBlockCount(); count > 0; count = reader.ReadBlockCount())
            {
                for (var i = 0; i < count; i++)
                {
                    if (union is not null && reader.ReadIndex(2) == 0)
                    {
                        continue;
                    }

                    var key = (int)(getKey(ref reader) ?? throw new InvalidDataException("a map has a null key"));
                    if (getValue(ref reader) is T present && (wanted is null || wanted.Contains(key)))
                    {
                        map[key] = present;
                    }
                }
            }

            return map;
        };
    }

    /// <summary>A record read by a plan of its own, as the plan's <c>object?[]</c>.</summary>
    public static Func<AvroSchema, AvroGetter> Record(IReadOnlyList<AvroWanted> wanted) => schema =>
    {
        if (schema is not AvroRecord record)
        {
            return Optional(schema, Record(wanted), "a record");
        }

        var plan = new AvroRecordPlan(record, wanted);
        return (ref reader) => plan.Read(ref reader);
    };

    /// <summary>A union: each branch is read by its own getter, null as null.</summary>
    public static AvroGetter Optional(AvroSchema schema, Func<AvroSchema, AvroGetter> inner, string expected)
    {
        if (schema is AvroPrimitive { Kind: AvroKind.Null })
        {
            return static (ref _) => null;
        }

        if (schema is not AvroUnion union || union.Branches.Any(b => b is AvroUnion))
        {
            throw new InvalidDataException($"a field must be {expected} but its Avro type is {Describe(schema)}");
        }

        AvroGetter[] branches = [.. union.Branches.Select(b => b is AvroPrimitive { Kind: AvroKind.Null } ? static (ref _) => null : inner(b))];
        return (ref reader) => branches[reader.ReadIndex(branches.Length)](ref reader);
    }

    private static string Describe(AvroSchema schema) => schema is AvroPrimitive p ? p.Kind.ToString().ToLowerInvariant() : schema.GetType().Name["Avro".Length..].ToLowerInvariant();
}
