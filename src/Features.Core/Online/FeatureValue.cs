using System.Globalization;
using System.Runtime.CompilerServices;

namespace Features.Core.Online;

/// <summary>What a <see cref="FeatureValue"/> is.</summary>
public enum FeatureValueKind : byte
{
    /// <summary>No value.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>An integer, of whatever width its column has.</summary>
    Integer,

    /// <summary>A floating-point number, of whatever width its column has.</summary>
    Float,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A day, counted from 1970-01-01.</summary>
    Date,

    /// <summary>A moment in microseconds since 1970; UTC.</summary>
    Timestamp,

    /// <summary>A decimal: an unscaled integer and a scale.</summary>
    Decimal,

    /// <summary>Bytes.</summary>
    Binary,

    /// <summary>A UUID.</summary>
    Uuid,

    /// <summary>A list of values of one kind.</summary>
    List,
}

/// <summary>One value of a request or an answer. Small, and without an allocation for what fits 64 bits.</summary>
public readonly struct FeatureValue : IEquatable<FeatureValue>
{
    private readonly long bits;
    private readonly object? reference;

    private FeatureValue(FeatureValueKind kind, long bits, object? reference = null)
    {
        Kind = kind;
        this.bits = bits;
        this.reference = reference;
    }

    /// <summary>No value.</summary>
    public static FeatureValue Null => default;

    /// <summary>What it is; says which of the others may be asked.</summary>
    public FeatureValueKind Kind { get; }

    /// <summary>Whether there is no value.</summary>
    public bool IsNull => Kind == FeatureValueKind.Null;

    /// <summary>A boolean.</summary>
    public static FeatureValue Of(bool value) => new(FeatureValueKind.Boolean, value ? 1 : 0);

    /// <summary>An integer.</summary>
    public static FeatureValue Of(long value) => new(FeatureValueKind.Integer, value);

    /// <summary>A floating-point number.</summary>
    public static FeatureValue Of(double value) => new(FeatureValueKind.Float, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A text; null for no value.</summary>
    public static FeatureValue Of(string? value) => value is null ? Null : new(FeatureValueKind.Text, 0, value);

    /// <summary>Bytes; null for no value. They are not copied.</summary>
    public static FeatureValue Of(byte[]? value) => value is null ? Null : new(FeatureValueKind.Binary, 0, value);

    /// <summary>A UUID.</summary>
    public static FeatureValue Of(Guid value) => new(FeatureValueKind.Uuid, 0, value);

    /// <summary>A day.</summary>
    public static FeatureValue Of(DateOnly value) => OfDate(value.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);

    /// <summary>A moment; what is finer than a microsecond is cut.</summary>
    public static FeatureValue Of(DateTimeOffset value) => OfTimestamp((value.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);

    /// <summary>A decimal number: <paramref name="unscaled"/> / 10^<paramref name="scale"/>.</summary>
    public static FeatureValue OfDecimal(Int128 unscaled, int scale) => new(FeatureValueKind.Decimal, scale, unscaled);

    /// <summary>A day, counted from 1970-01-01.</summary>
    public static FeatureValue OfDate(int days) => new(FeatureValueKind.Date, days);

    /// <summary>A moment in microseconds since 1970 UTC.</summary>
    public static FeatureValue OfTimestamp(long micros) => new(FeatureValueKind.Timestamp, micros);

    /// <summary>A list.</summary>
    public static FeatureValue OfList(IReadOnlyList<FeatureValue> values) => new(FeatureValueKind.List, 0, values);

    /// <summary>The boolean.</summary>
    public bool AsBoolean() => Bits(FeatureValueKind.Boolean) != 0;

    /// <summary>The integer.</summary>
    public long AsInteger() => Bits(FeatureValueKind.Integer);

    /// <summary>The floating-point number.</summary>
    public double AsFloat() => BitConverter.Int64BitsToDouble(Bits(FeatureValueKind.Float));

    /// <summary>The text.</summary>
    public string AsText() => Reference<string>(FeatureValueKind.Text);

    /// <summary>The days since 1970-01-01.</summary>
    public int AsDays() => (int)Bits(FeatureValueKind.Date);

    /// <summary>The microseconds since 1970 UTC.</summary>
    public long AsMicros() => Bits(FeatureValueKind.Timestamp);

    /// <summary>The bytes.</summary>
    public byte[] AsBinary() => Reference<byte[]>(FeatureValueKind.Binary);

    /// <summary>The UUID.</summary>
    public Guid AsUuid() => Kind == FeatureValueKind.Uuid ? (Guid)reference! : throw Other(FeatureValueKind.Uuid);

    /// <summary>The values of the list.</summary>
    public IReadOnlyList<FeatureValue> AsList() => Reference<IReadOnlyList<FeatureValue>>(FeatureValueKind.List);

    /// <summary>The decimal number: unscaled / 10^scale.</summary>
    public (Int128 Unscaled, int Scale) AsDecimal() => Kind == FeatureValueKind.Decimal ? ((Int128)reference!, (int)bits) : throw Other(FeatureValueKind.Decimal);

    /// <inheritdoc/>
    public bool Equals(FeatureValue other) => Kind == other.Kind && Kind switch
    {
        FeatureValueKind.Float => AsFloat().Equals(other.AsFloat()),
        FeatureValueKind.Binary => AsBinary().AsSpan().SequenceEqual(other.AsBinary()),
        FeatureValueKind.List => AsList().SequenceEqual(other.AsList()),
        _ => bits == other.bits && Equals(reference, other.reference),
    };

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FeatureValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Kind switch
    {
        FeatureValueKind.Float => HashCode.Combine(Kind, AsFloat()),
        FeatureValueKind.Binary => HashCode.Combine(Kind, AsBinary().Length),
        FeatureValueKind.List => HashCode.Combine(Kind, AsList().Count),
        _ => HashCode.Combine(Kind, bits, reference),
    };

    /// <summary>As a person would read it, in the invariant culture; <c>null</c> for none.</summary>
    public override string ToString() => Kind switch
    {
        FeatureValueKind.Null => "null",
        FeatureValueKind.Boolean => AsBoolean() ? "true" : "false",
        FeatureValueKind.Float => AsFloat().ToString("R", CultureInfo.InvariantCulture),
        FeatureValueKind.Text => AsText(),
        FeatureValueKind.Date => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(AsDays()).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        FeatureValueKind.Timestamp => DateTime.UnixEpoch.AddTicks(AsMicros() * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture),
        FeatureValueKind.Binary => Convert.ToHexStringLower(AsBinary()),
        FeatureValueKind.List => $"[{string.Join(", ", AsList())}]",
        FeatureValueKind.Decimal => DecimalText(),
        FeatureValueKind.Uuid => AsUuid().ToString(),
        _ => bits.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Whether two values are equal.</summary>
    public static bool operator ==(FeatureValue left, FeatureValue right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(FeatureValue left, FeatureValue right) => !left.Equals(right);

    private string DecimalText()
    {
        var (unscaled, scale) = AsDecimal();
        var digits = Int128.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = unscaled < 0 ? "-" : "";
        return scale == 0 ? $"{sign}{digits}" : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }

    private long Bits(FeatureValueKind kind) => Kind == kind ? bits : throw Other(kind);

    private T Reference<T>(FeatureValueKind kind)
        where T : class => Kind == kind ? Unsafe.As<T>(reference!) : throw Other(kind);

    private InvalidOperationException Other(FeatureValueKind kind) => new($"the value is {Kind}, not {kind}");
}
