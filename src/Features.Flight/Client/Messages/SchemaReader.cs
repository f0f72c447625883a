using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Client.Messages;

/// <summary>Reads a schema message (Arrow's format, Schema.fbs) that a peer sent: malformed bytes are refused, never followed.</summary>
internal static class SchemaReader
{
    private const int MaxDepth = 32;

    /// <exception cref="InvalidDataException">It is malformed, or has a type that this client does not know.</exception>
    public static Schema Read(IpcMessage message)
    {
        if (message.Content != IpcContent.Schema)
        {
            throw new InvalidDataException("the message is no schema");
        }

        var schema = message.Header;
        if (schema.Short(0) != 0)
        {
            throw new InvalidDataException("the server sends big-endian data, which this client does not read");
        }

        var fields = new List<Field>();
        for (var i = 0; i < schema.Count(1); i++)
        {
            fields.Add(FieldOf(schema.Table(1, i), depth: 0));
        }

        return new Schema(fields, Metadata(schema, 2));
    }

    private static Field FieldOf(FlatTable field, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"the schema is nested more than {MaxDepth} deep");
        }

        var children = new List<Field>();
        for (var i = 0; i < field.Count(5); i++)
        {
            children.Add(FieldOf(field.Table(5, i), depth + 1));
        }

        var name = field.Text(0);
        var type = TypeOf(name, field.Byte(2), field, children);
        if (field.Has(4))
        {
            var dictionary = field.Table(4);
            var index = dictionary.Has(1) ? Integer(name, dictionary.Table(1)) : Int32Type.Default;
            type = new DictionaryType(index, type, dictionary.Flag(2));
        }

        return new Field(name, type, field.Flag(1), Metadata(field, 6));
    }

    private static IArrowType TypeOf(string name, byte kind, FlatTable field, List<Field> children)
    {
        var type = field.Table(3);
        return kind switch
        {
            1 => NullType.Default,
            2 => Integer(name, type),
            3 => type.Short(0) switch { 0 => HalfFloatType.Default, 1 => FloatType.Default, 2 => DoubleType.Default, var other => throw Unknown(name, $"a float of precision {other}") },
            4 => BinaryType.Default,
            5 => StringType.Default,
            6 => BooleanType.Default,
            7 => Decimal(name, type.Int(0), type.Int(1), type.Int(2, 128)),
            8 => type.Short(0, 1) == 0 ? Date32Type.Default : Date64Type.Default,
            9 => type.Int(1, 32) == 32 ? new Time32Type(Unit(name, type.Short(0, 1))) : new Time64Type(Unit(name, type.Short(0, 1))),
            10 => new TimestampType(Unit(name, type.Short(0)), type.Has(1) ? type.Text(1) : null),
            11 => type.Short(0) is >= 0 and <= 2 and var unit ? IntervalType.FromIntervalUnit((IntervalUnit)unit) : throw Unknown(name, "an interval of another unit"),
            12 => new ListType(Only(name, children)),
            13 => new StructType(children),
            15 => new FixedSizeBinaryType(type.Int(0) is > 0 and var width ? width : throw Unknown(name, $"binaries of {type.Int(0)} bytes")),
            16 => new FixedSizeListType(Only(name, children), type.Int(0) is >= 0 and var size ? size : throw Unknown(name, $"lists of {type.Int(0)}")),
            17 => Only(name, children).DataType is StructType { Fields.Count: 2 } ? new MapType(children[0], type.Flag(0)) : throw Unknown(name, "a map of no pairs"),
            18 => DurationType.FromTimeUnit(Unit(name, type.Short(0, 1))),
            19 => LargeBinaryType.Default,
            20 => LargeStringType.Default,
            21 => new LargeListType(Only(name, children)),
            _ => throw Unknown(name, $"Arrow's type {kind}"),
        };
    }

    private static IArrowType Integer(string name, FlatTable type) => (type.Int(0), type.Flag(1)) switch
    {
        (8, true) => Int8Type.Default,
        (16, true) => Int16Type.Default,
        (32, true) => Int32Type.Default,
        (64, true) => Int64Type.Default,
        (8, false) => UInt8Type.Default,
        (16, false) => UInt16Type.Default,
        (32, false) => UInt32Type.Default,
        (64, false) => UInt64Type.Default,
        var (bits, _) => throw Unknown(name, $"integers of {bits} bits"),
    };

    private static IArrowType Decimal(string name, int precision, int scale, int bits) => (bits, precision) switch
    {
        (32, >= 1 and <= 9) => new Decimal32Type(precision, scale),
        (64, >= 1 and <= 18) => new Decimal64Type(precision, scale),
        (128, >= 1 and <= 38) => new Decimal128Type(precision, scale),
        (256, >= 1 and <= 76) => new Decimal256Type(precision, scale),
        _ => throw Unknown(name, $"decimals of {bits} bits and {precision} digits"),
    };

    private static TimeUnit Unit(string name, short unit) => unit is >= 0 and <= 3 ? (TimeUnit)unit : throw Unknown(name, $"the time unit {unit}");

    private static Field Only(string name, List<Field> children) => children is [var child] ? child : throw Unknown(name, $"a list of {children.Count} types");

    private static InvalidDataException Unknown(string name, string what) => new($"the column '{name}' has {what}, which this client does not read; leave it out of the request");

    private static Dictionary<string, string>? Metadata(FlatTable table, int slot)
    {
        var count = table.Count(slot);
        if (count == 0)
        {
            return null;
        }

        var metadata = new Dictionary<string, string>(count);
        for (var i = 0; i < count; i++)
        {
            var pair = table.Table(slot, i);
            metadata[pair.Text(0)] = pair.Text(1);
        }

        return metadata;
    }
}
