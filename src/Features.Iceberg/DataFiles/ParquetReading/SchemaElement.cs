namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Parquet's <c>ConvertedType</c>, the older annotations.</summary>
internal enum ConvertedType
{
    Utf8 = 0,
    Map = 1,
    MapKeyValue = 2,
    List = 3,
    Enum = 4,
    Decimal = 5,
    Date = 6,
    TimeMillis = 7,
    TimeMicros = 8,
    TimestampMillis = 9,
    TimestampMicros = 10,
    UInt8 = 11,
    UInt16 = 12,
    UInt32 = 13,
    UInt64 = 14,
    Int8 = 15,
    Int16 = 16,
    Int32 = 17,
    Int64 = 18,
    Json = 19,
    Bson = 20,
    Interval = 21,
}

/// <summary>The members of Parquet's union <c>LogicalType</c>, by field id.</summary>
internal enum LogicalKind
{
    String = 1,
    Map = 2,
    List = 3,
    Enum = 4,
    Decimal = 5,
    Date = 6,
    Time = 7,
    Timestamp = 8,
    Integer = 10,
    Null = 11,
    Json = 12,
    Bson = 13,
    Uuid = 14,
    Float16 = 15,
    Variant = 16,
    Geometry = 17,
    Geography = 18,
}

/// <summary>A logical type with its parameters: <paramref name="Scale"/> of decimals, <paramref name="PerSecond"/> and <paramref name="IsUtc"/> of times, <paramref name="BitWidth"/> and <paramref name="IsSigned"/> of integers.</summary>
internal sealed record LogicalType(LogicalKind Kind, int Scale = 0, int Precision = 0, long PerSecond = 0, bool IsUtc = false, int BitWidth = 0, bool IsSigned = false);

/// <summary>A node of a file's flattened schema, as its footer has it.</summary>
internal sealed record SchemaElement(
    string Name, PhysicalKind? Type, int TypeLength, Repetition? Repetition, int ChildCount, ConvertedType? Converted, int Scale, int Precision, int? FieldId, LogicalType? Logical)
{
    public static SchemaElement Read(ref ThriftReader thrift)
    {
        var (name, length, children, scale, precision) = ("", 0, 0, 0, 0);
        PhysicalKind? type = null;
        Repetition? repetition = null;
        ConvertedType? converted = null;
        int? id = null;
        LogicalType? logical = null;
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            switch (field)
            {
                case 1:
                    type = (PhysicalKind)thrift.Int32(wire);
                    break;
                case 2:
                    length = thrift.Int32(wire);
                    break;
                case 3:
                    repetition = (Repetition)thrift.Int32(wire);
                    break;
                case 4:
                    name = thrift.String(wire);
                    break;
                case 5:
                    children = thrift.Int32(wire);
                    break;
                case 6:
                    converted = (ConvertedType)thrift.Int32(wire);
                    break;
                case 7:
                    scale = thrift.Int32(wire);
                    break;
                case 8:
                    precision = thrift.Int32(wire);
                    break;
                case 9:
                    id = thrift.Int32(wire);
                    break;
                case 10:
                    logical = ReadLogical(ref thrift);
                    break;
                default:
                    thrift.Skip(wire);
                    break;
            }
        }

        thrift.End(outer);
        // Some writers call groups leaves of type boolean; their children tell.
        if (children > 0)
        {
            type = null;
        }

        if (type is { } physical && !Enum.IsDefined(physical))
        {
            throw new InvalidDataException($"column '{name}' has the unknown physical type {(int)physical}");
        }

        if ((type == PhysicalKind.FixedLenByteArray && length <= 0) || (repetition is { } r && !Enum.IsDefined(r)))
        {
            throw new InvalidDataException($"column '{name}' has values of {length} bytes and repetition {repetition}");
        }

        return new SchemaElement(name, type, length, repetition, children, converted, scale, precision, id, logical);
    }

    private static LogicalType? ReadLogical(ref ThriftReader thrift)
    {
        LogicalType? logical = null;
        var outer = thrift.Begin();
        while (thrift.Next(out var kind, out var wire))
        {
            // A kind that is not known yet annotates nothing here.
            if (wire == WireType.Struct && Enum.IsDefined((LogicalKind)kind))
            {
                logical = ReadParameters(ref thrift, (LogicalKind)kind);
            }
            else
            {
                thrift.Skip(wire);
            }
        }

        thrift.End(outer);
        return logical;
    }

    private static LogicalType ReadParameters(ref ThriftReader thrift, LogicalKind kind)
    {
        var logical = new LogicalType(kind);
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            switch (kind, field)
            {
                case (LogicalKind.Decimal, 1):
                    logical = logical with { Scale = thrift.Int32(wire) };
                    break;
                case (LogicalKind.Decimal, 2):
                    logical = logical with { Precision = thrift.Int32(wire) };
                    break;
                case (LogicalKind.Time or LogicalKind.Timestamp, 1):
                    logical = logical with { IsUtc = ThriftReader.Boolean(wire) };
                    break;
                case (LogicalKind.Time or LogicalKind.Timestamp, 2) when wire == WireType.Struct:
                    logical = logical with { PerSecond = ReadUnit(ref thrift) };
                    break;
                case (LogicalKind.Integer, 1):
                    logical = logical with { BitWidth = thrift.Int32(wire) };
                    break;
                case (LogicalKind.Integer, 2):
                    logical = logical with { IsSigned = ThriftReader.Boolean(wire) };
                    break;
                default:
                    thrift.Skip(wire);
                    break;
            }
        }

        thrift.End(outer);
        return logical;
    }

    private static long ReadUnit(ref ThriftReader thrift)
    {
        long perSecond = 0;
        var outer = thrift.Begin();
        while (thrift.Next(out var unit, out var wire))
        {
            perSecond = unit switch { 1 => 1_000, 2 => 1_000_000, 3 => 1_000_000_000, _ => throw new InvalidDataException($"a time of its schema has the unknown unit {unit}") };
            thrift.Skip(wire);
        }

        thrift.End(outer);
        return perSecond;
    }
}
