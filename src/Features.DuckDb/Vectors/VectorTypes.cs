using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;
using DuckDB.NET.Native;
using Features.DuckDb.Batches;
using Features.DuckDb.Native;

namespace Features.DuckDb.Vectors;

/// <summary>What each DuckDB type becomes in Arrow, and the column that gathers it.</summary>
internal static class VectorTypes
{
    private static readonly Dictionary<string, string> UuidMetadata = new()
    {
        ["ARROW:extension:name"] = "arrow.uuid",
        ["ARROW:extension:metadata"] = "",
    };

    private static readonly Dictionary<string, string> JsonMetadata = new()
    {
        [EngineTypes.Json.Key] = EngineTypes.Json.Value,
        ["ARROW:extension:metadata"] = "",
    };

    // Arrow's widest integer has 64 bits: that this decimal is a whole number by its type would be lost.
    private static readonly Dictionary<string, string> HugeIntMetadata = new() { ["features.integer"] = "hugeint" };

    /// <summary>The Arrow field of a column.</summary>
    /// <exception cref="NotSupportedException">Arrow has no equal; the message names the column and the remedy.</exception>
    internal static Field FieldOf(string name, DuckDBLogicalType type)
    {
        var id = NativeMethods.LogicalType.DuckDBGetTypeId(type);
        return (id, id is DuckDBType.Varchar ? AliasOf(type) : null) switch
        {
            (DuckDBType.Varchar, "JSON") => new(name, StringType.Default, nullable: true, JsonMetadata),
            (DuckDBType.Uuid, _) => new(name, TypeOf(name, type, id), nullable: true, UuidMetadata),
            (DuckDBType.HugeInt, _) => new(name, TypeOf(name, type, id), nullable: true, HugeIntMetadata),
            _ => new(name, TypeOf(name, type, id), nullable: true),
        };
    }

    /// <summary>The name of a type that goes by another's values; null for none.</summary>
    private static string? AliasOf(DuckDBLogicalType type)
    {
        var text = Libduckdb.TypeAlias(type.DangerousGetHandle());
        try
        {
            return Marshal.PtrToStringUTF8(text);
        }
        finally
        {
            NativeMethods.Helpers.DuckDBFree(text);
        }
    }

    /// <summary>The column that gathers vectors of <paramref name="type"/> as <paramref name="target"/>: the type that <see cref="FieldOf"/> gives, FixedSizeBinary of a BLOB, or nulls alone.</summary>
    internal static VectorColumn ColumnOf(DuckDBLogicalType type, IArrowType target)
    {
        var id = NativeMethods.LogicalType.DuckDBGetTypeId(type);
        return id switch
        {
            _ when target is NullType => new NullColumn(),
            DuckDBType.Boolean => new BooleanColumn(),
            DuckDBType.TinyInt or DuckDBType.UnsignedTinyInt => new FixedWidthColumn(target, 1),
            DuckDBType.SmallInt or DuckDBType.UnsignedSmallInt => new FixedWidthColumn(target, 2),
            DuckDBType.Integer or DuckDBType.UnsignedInteger or DuckDBType.Float or DuckDBType.Date => new FixedWidthColumn(target, 4),
            DuckDBType.BigInt or DuckDBType.UnsignedBigInt or DuckDBType.Double or DuckDBType.Time => new FixedWidthColumn(target, 8),
            DuckDBType.Timestamp or DuckDBType.TimestampTz or DuckDBType.TimestampNs => new FixedWidthColumn(target, 8),
            DuckDBType.TimestampS => new ConvertedColumn<long, long>(target, v => Scaled(v, 1_000_000)),
            DuckDBType.TimestampMs => new ConvertedColumn<long, long>(target, v => Scaled(v, 1_000)),
            DuckDBType.HugeInt => new FixedWidthColumn(target, 16),
            DuckDBType.Decimal => DecimalColumn(type, target),
            DuckDBType.Uuid => new ConvertedColumn<UInt128, UInt128>(target, v => BinaryPrimitives.ReverseEndianness(v ^ (UInt128.One << 127))),
            DuckDBType.Interval => new ConvertedColumn<DuckDBInterval, MonthDayNanosecondInterval>(target, v => new(v.Months, v.Days, unchecked((long)v.Micros * 1_000))),
            DuckDBType.Varchar => new BytesColumn(target),
            DuckDBType.Blob => target is FixedSizeBinaryType fixedSize ? new FixedBytesColumn(fixedSize) : new BytesColumn(target),
            DuckDBType.Enum => EnumColumn(type),
            DuckDBType.List => ListColumn(type, (ListType)target),
            DuckDBType.Array => FixedListColumn(type, (FixedSizeListType)target),
            DuckDBType.Map => MapColumn(type, (MapType)target),
            DuckDBType.Struct => StructColumn(type, (StructType)target),
            DuckDBType.SqlNull => new NullColumn(),
            _ => throw new NotSupportedException($"type {id} has no Arrow form; cast it to VARCHAR"),
        };
    }

    private static IArrowType TypeOf(string name, DuckDBLogicalType type, DuckDBType id) => id switch
    {
        DuckDBType.Boolean => BooleanType.Default,
        DuckDBType.TinyInt => Int8Type.Default,
        DuckDBType.SmallInt => Int16Type.Default,
        DuckDBType.Integer => Int32Type.Default,
        DuckDBType.BigInt => Int64Type.Default,
        DuckDBType.UnsignedTinyInt => UInt8Type.Default,
        DuckDBType.UnsignedSmallInt => UInt16Type.Default,
        DuckDBType.UnsignedInteger => UInt32Type.Default,
        DuckDBType.UnsignedBigInt => UInt64Type.Default,
        DuckDBType.Float => FloatType.Default,
        DuckDBType.Double => DoubleType.Default,
        DuckDBType.Date => Date32Type.Default,
        DuckDBType.Time => Time64Type.Microsecond,
        DuckDBType.Timestamp or DuckDBType.TimestampS or DuckDBType.TimestampMs => new TimestampType(TimeUnit.Microsecond, (string?)null),
        DuckDBType.TimestampNs => new TimestampType(TimeUnit.Nanosecond, (string?)null),
        DuckDBType.TimestampTz => new TimestampType(TimeUnit.Microsecond, "UTC"),
        DuckDBType.HugeInt => new Decimal128Type(38, 0),
        DuckDBType.Decimal => new Decimal128Type(NativeMethods.LogicalType.DuckDBDecimalWidth(type), NativeMethods.LogicalType.DuckDBDecimalScale(type)),
        DuckDBType.Uuid => new FixedSizeBinaryType(16),
        DuckDBType.Interval => IntervalType.MonthDayNanosecond,
        DuckDBType.Varchar or DuckDBType.Enum => StringType.Default,
        DuckDBType.Blob => BinaryType.Default,
        DuckDBType.List => Nested(NativeMethods.LogicalType.DuckDBListTypeChildType(type), t => new ListType(FieldOf("item", t))),
        DuckDBType.Array => Nested(NativeMethods.LogicalType.DuckDBArrayTypeChildType(type), t => new FixedSizeListType(FieldOf("item", t), (int)NativeMethods.LogicalType.DuckDBArrayVectorGetSize(type))),
        DuckDBType.Map => new MapType(
            Nested(NativeMethods.LogicalType.DuckDBMapTypeKeyType(type), t => FieldOf("key", t) is var key ? new Field(key.Name, key.DataType, nullable: false, key.Metadata) : key),
            Nested(NativeMethods.LogicalType.DuckDBMapTypeValueType(type), t => FieldOf("value", t))),
        DuckDBType.Struct => new StructType([.. StructChildren(type, (child, childType) => FieldOf(child, childType))]),
        DuckDBType.SqlNull => NullType.Default,
        _ => throw new NotSupportedException($"column '{name}' has type {id}, which has no Arrow form; cast it to VARCHAR"),
    };

    private static VectorColumn DecimalColumn(DuckDBLogicalType type, IArrowType target) => NativeMethods.LogicalType.DuckDBDecimalInternalType(type) switch
    {
        DuckDBType.SmallInt => new ConvertedColumn<short, Int128>(target, v => v),
        DuckDBType.Integer => new ConvertedColumn<int, Int128>(target, v => v),
        DuckDBType.BigInt => new ConvertedColumn<long, Int128>(target, v => v),
        _ => new FixedWidthColumn(target, 16),
    };

    private static EnumColumn EnumColumn(DuckDBLogicalType type)
    {
        var words = Enumerable.Range(0, (int)NativeMethods.LogicalType.DuckDBEnumDictionarySize(type)).Select(i => NativeMethods.LogicalType.DuckDBEnumDictionaryValue(type, i));
        var width = NativeMethods.LogicalType.DuckDBEnumInternalType(type) switch { DuckDBType.UnsignedTinyInt => 1, DuckDBType.UnsignedSmallInt => 2, _ => 4 };
        return new([.. words], width);
    }

    private static ListColumn ListColumn(DuckDBLogicalType type, ListType target) =>
        Nested(NativeMethods.LogicalType.DuckDBListTypeChildType(type), t => new ListColumn(target, ColumnOf(t, target.ValueDataType)));

    private static FixedListColumn FixedListColumn(DuckDBLogicalType type, FixedSizeListType target) =>
        Nested(NativeMethods.LogicalType.DuckDBArrayTypeChildType(type), t => new FixedListColumn(target, ColumnOf(t, target.ValueDataType)));

    private static ListColumn MapColumn(DuckDBLogicalType type, MapType target)
    {
        var key = Nested(NativeMethods.LogicalType.DuckDBMapTypeKeyType(type), t => ColumnOf(t, target.KeyField.DataType));
        var value = Nested(NativeMethods.LogicalType.DuckDBMapTypeValueType(type), t => ColumnOf(t, target.ValueField.DataType));
        return new(target, new StructColumn(target.KeyValueType, [key, value]));
    }

    private static StructColumn StructColumn(DuckDBLogicalType type, StructType target)
    {
        var fields = target.Fields;
        var next = 0;
        return new(target, [.. StructChildren(type, (_, childType) => ColumnOf(childType, fields[next++].DataType))]);
    }

    private static IEnumerable<T> StructChildren<T>(DuckDBLogicalType type, Func<string, DuckDBLogicalType, T> read)
    {
        for (var i = 0; i < NativeMethods.LogicalType.DuckDBStructTypeChildCount(type); i++)
        {
            using var child = NativeMethods.LogicalType.DuckDBStructTypeChildType(type, i);
            yield return read(NativeMethods.LogicalType.DuckDBStructTypeChildName(type, i), child);
        }
    }

    private static T Nested<T>(DuckDBLogicalType child, Func<DuckDBLogicalType, T> read)
    {
        using (child)
        {
            return read(child);
        }
    }

    /// <summary>DuckDB writes infinities as the extreme values in every unit.</summary>
    private static long Scaled(long value, long factor) => value is long.MaxValue or -long.MaxValue ? value : unchecked(value * factor);
}
