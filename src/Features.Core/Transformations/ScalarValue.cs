using System.Globalization;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.PointInTime;
using Features.Iceberg.DataFiles;

namespace Features.Core.Transformations;

/// <summary>Values that come one at a time (online, from JSON, from a definition's text), as those of a column.</summary>
internal static class ScalarValue
{
    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    /// <summary>The types that transformations read.</summary>
    public static bool IsKnown(IArrowType type) =>
        type is BooleanType or Int32Type or Int64Type or FloatType or DoubleType or Date32Type or StringType or TimestampType { Unit: TimeUnit.Microsecond };

    /// <summary>The type of a name in a manifest, as a table's schema writes it; null for one that is not known.</summary>
    public static IArrowType? TypeOf(string name) => ColumnType.Parse(name) is { } parsed
        ? ArrowSchema.From(new Iceberg.Spec.Schema(0, [new Iceberg.Spec.NestedField(1, name, parsed, Required: false)], [])).GetFieldByIndex(0).DataType
        : null;

    public static bool IsNumber(IArrowType type) => type is Int32Type or Int64Type or FloatType or DoubleType;

    /// <summary>A function from a row of a column of numbers to its number; the row is not null.</summary>
    public static Func<int, double> Numbers(IArrowArray array) => array switch
    {
        Int32Array a => i => a.Values[i],
        Int64Array a => i => a.Values[i],
        FloatArray a => i => a.Values[i],
        DoubleArray a => i => a.Values[i],
        _ => throw new InvalidOperationException($"no number of {array.Data.DataType.Name}"),
    };

    /// <summary>The number of a value for a column of this type: as if the value had been in the column.</summary>
    public static double Number(object value, IArrowType type, string column) =>
        type is FloatType or DoubleType ? OrderedDouble.Decode(Key(value, type, column).Number) : Key(value, type, column).Number;

    /// <summary>The key of a value for a column of this type.</summary>
    /// <exception cref="TransformationException">It is no value of the type.</exception>
    public static ValueKey Key(object value, IArrowType type, string column)
    {
        try
        {
            return type switch
            {
                StringType => new(value is string text ? text : throw new InvalidCastException(), 0),
                BooleanType => new(null, value is bool flag ? flag ? 1 : 0 : throw new InvalidCastException()),
                Int32Type => new(null, value is string or bool ? throw new InvalidCastException() : checked((int)Whole(value))),
                Int64Type => new(null, value is string or bool ? throw new InvalidCastException() : Whole(value)),
                // A column of floats holds a float, so what comes as a double is cut to one.
                FloatType => new(null, OrderedDouble.Encode(value is string or bool ? throw new InvalidCastException() : Convert.ToSingle(value, CultureInfo.InvariantCulture))),
                DoubleType => new(null, OrderedDouble.Encode(value is string or bool ? throw new InvalidCastException() : Convert.ToDouble(value, CultureInfo.InvariantCulture))),
                Date32Type => new(null, value switch
                {
                    DateOnly date => date.DayNumber - DateOnly.FromDateTime(Epoch).DayNumber,
                    DateTime time => DateOnly.FromDateTime(time).DayNumber - DateOnly.FromDateTime(Epoch).DayNumber,
                    _ => checked((int)Whole(value)),
                }),
                _ => new(null, value switch
                {
                    DateTimeOffset time => (time.UtcTicks - Epoch.Ticks) / TimeSpan.TicksPerMicrosecond,
                    DateTime time => (time.Ticks - Epoch.Ticks) / TimeSpan.TicksPerMicrosecond,
                    _ => Whole(value),
                }),
            };
        }
        catch (Exception fault) when (fault is InvalidCastException or FormatException or OverflowException)
        {
            throw new TransformationException("transformation-value", $"'{Convert.ToString(value, CultureInfo.InvariantCulture)}' ({value.GetType().Name}) is no {FeatureTypes.Name(type)}, which the column '{column}' has; send one");
        }
    }

    /// <summary>The value that a key stands for: bool, int, long, float, double, <see cref="DateOnly"/>, <see cref="DateTime"/> (UTC; <see cref="DateTimeOffset"/> with a zone), string.</summary>
    public static object Value(ValueKey key, IArrowType type) => type switch
    {
        StringType => key.Text!,
        BooleanType => key.Number != 0,
        Int32Type => (int)key.Number,
        FloatType => (float)OrderedDouble.Decode(key.Number),
        DoubleType => OrderedDouble.Decode(key.Number),
        Date32Type => DateOnly.FromDateTime(Epoch).AddDays((int)key.Number),
        TimestampType { Timezone: null or "" } => Epoch.AddMicroseconds(key.Number),
        TimestampType => new DateTimeOffset(Epoch.AddMicroseconds(key.Number)),
        _ => key.Number,
    };

    /// <summary>A value as people write it, invariant.</summary>
    public static string Text(ValueKey key, IArrowType type) => Text(Value(key, type));

    /// <summary>A value of <see cref="Value"/> as people write it, invariant.</summary>
    public static string Text(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("O", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };

    /// <summary>Reads <see cref="Text(ValueKey, IArrowType)"/>; null if it is no value of the type.</summary>
    public static ValueKey? TryParse(string text, IArrowType type)
    {
        var invariant = CultureInfo.InvariantCulture;
        object? value = type switch
        {
            StringType => text,
            BooleanType => text switch { "true" => true, "false" => false, _ => null },
            Int32Type => int.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var x) ? x : null,
            Int64Type => long.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var x) ? x : null,
            FloatType => float.TryParse(text, NumberStyles.Float, invariant, out var x) ? x : null,
            DoubleType => double.TryParse(text, NumberStyles.Float, invariant, out var x) ? x : null,
            Date32Type => DateOnly.TryParseExact(text, "yyyy-MM-dd", invariant, DateTimeStyles.None, out var x) ? x : null,
            _ => DateTimeOffset.TryParse(text, invariant, DateTimeStyles.AssumeUniversal, out var x) ? x : null,
        };
        return value is null ? null : Key(value, type, "");
    }

    /// <summary>A value in JSON: numbers as numbers (they keep all their bits), what JSON has no number for and all others as <see cref="Text(ValueKey, IArrowType)"/>.</summary>
    public static JsonNode ToJson(ValueKey key, IArrowType type) => Value(key, type) switch
    {
        bool value => JsonValue.Create(value),
        int value => JsonValue.Create(value),
        long value => JsonValue.Create(value),
        double value when double.IsFinite(value) => JsonValue.Create(value),
        float value when float.IsFinite(value) => JsonValue.Create(value),
        _ => JsonValue.Create(Text(key, type)),
    };

    /// <summary>Reads <see cref="ToJson"/>.</summary>
    /// <exception cref="FormatException">It is no value of the type.</exception>
    public static ValueKey FromJson(JsonNode json, IArrowType type) =>
        TryParse(json.GetValueKind() == System.Text.Json.JsonValueKind.String ? json.GetValue<string>() : json.ToJsonString(), type)
        ?? throw new FormatException($"{json.ToJsonString()} is no {FeatureTypes.Name(type)}");

    private static long Whole(object value) => value switch
    {
        double or float => Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && Math.Floor(number) == number ? checked((long)number) : throw new InvalidCastException(),
        decimal number => Math.Floor(number) == number ? checked((long)number) : throw new InvalidCastException(),
        _ => Convert.ToInt64(value, CultureInfo.InvariantCulture),
    };
}
