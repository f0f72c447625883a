using System.Globalization;
using Apache.Arrow.Types;

namespace Features.Core.Online;

/// <summary>How values of a column are stored.</summary>
internal enum StoredKind
{
    Boolean,
    Int32,
    Int64,
    Float32,
    Float64,
    Date,
    Timestamp,
    Decimal,
    Text,
    Binary,
    List,
}

/// <summary>The type of a stored column: its Arrow type, integers in the two widths of a table, and what follows for storing it.</summary>
internal sealed record StoredType(StoredKind Kind, IArrowType Type, StoredType? Element = null)
{
    /// <summary>Bytes of a value; null if they vary.</summary>
    public int? Width => Kind switch
    {
        StoredKind.Boolean => 1,
        StoredKind.Int32 or StoredKind.Float32 or StoredKind.Date => 4,
        StoredKind.Int64 or StoredKind.Float64 or StoredKind.Timestamp => 8,
        StoredKind.Decimal => 16,
        _ => null,
    };

    public bool IsFloat => Kind is StoredKind.Float32 or StoredKind.Float64;

    /// <summary>The stored type of an Arrow type; null if it cannot be stored.</summary>
    public static StoredType? Of(IArrowType type) => type switch
    {
        BooleanType => new(StoredKind.Boolean, type),
        Int8Type or Int16Type or Int32Type or UInt8Type or UInt16Type => new(StoredKind.Int32, Int32Type.Default),
        Int64Type or UInt32Type => new(StoredKind.Int64, Int64Type.Default),
        FloatType => new(StoredKind.Float32, type),
        DoubleType => new(StoredKind.Float64, type),
        Date32Type => new(StoredKind.Date, type),
        TimestampType { Unit: TimeUnit.Microsecond } => new(StoredKind.Timestamp, type),
        Decimal128Type => new(StoredKind.Decimal, type),
        StringType => new(StoredKind.Text, type),
        BinaryType or FixedSizeBinaryType => new(StoredKind.Binary, type),
        ListType list => Of(list.ValueDataType) is { } element ? new(StoredKind.List, type, element) : null,
        _ => null,
    };

    /// <summary>The type as text that <see cref="Parse"/> reads back.</summary>
    public string Text => Type switch
    {
        TimestampType { Timezone: null or "" } => "timestamp",
        TimestampType zoned => $"timestamp[{zoned.Timezone}]",
        Decimal128Type @decimal => string.Create(CultureInfo.InvariantCulture, $"decimal({@decimal.Precision},{@decimal.Scale})"),
        FixedSizeBinaryType sized => string.Create(CultureInfo.InvariantCulture, $"fixed({sized.ByteWidth})"),
        ListType => $"list<{Element!.Text}>",
        _ => Kind.ToString().ToLowerInvariant(),
    };

    public static StoredType Parse(string text) => Of(ArrowOf(text)) ?? throw new FormatException($"'{text}' is no stored type");

    private static IArrowType ArrowOf(string text)
    {
        var numbers = text.Split('(', ')', ',').Skip(1).Where(t => t.Length > 0).Select(t => int.TryParse(t, CultureInfo.InvariantCulture, out var n) ? n : 0).ToList();
        return text switch
        {
            "boolean" => BooleanType.Default,
            "int32" => Int32Type.Default,
            "int64" => Int64Type.Default,
            "float32" => FloatType.Default,
            "float64" => DoubleType.Default,
            "date" => Date32Type.Default,
            "text" => StringType.Default,
            "binary" => BinaryType.Default,
            "timestamp" => new TimestampType(TimeUnit.Microsecond, (string?)null),
            _ when text.StartsWith("timestamp[", StringComparison.Ordinal) => new TimestampType(TimeUnit.Microsecond, text[10..^1]),
            _ when text.StartsWith("decimal(", StringComparison.Ordinal) => new Decimal128Type(numbers[0], numbers[1]),
            _ when text.StartsWith("fixed(", StringComparison.Ordinal) => new FixedSizeBinaryType(numbers[0]),
            _ when text.StartsWith("list<", StringComparison.Ordinal) => new ListType(ArrowOf(text[5..^1])),
            _ => throw new FormatException($"'{text}' is no stored type"),
        };
    }
}
