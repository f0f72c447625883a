using System.Numerics;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Features.Iceberg.DataFiles.Variants;
using Features.Iceberg.Spec;
using StructType = Features.Iceberg.Spec.StructType;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Puts shredded variants together again ("Reconstructing a Shredded Variant" of Parquet's variant shredding).</summary>
internal static class ShreddedVariant
{
    private const string Metadata = "metadata", Value = "value", TypedValue = "typed_value";

    /// <summary>The column's group as it lies in the file.</summary>
    /// <exception cref="NotSupportedException">A shredded column has a type that variants have not.</exception>
    /// <exception cref="InvalidDataException">The group is no variant.</exception>
    public static StructType GroupOf(FileNode node)
    {
        if (node.Flatten().FirstOrDefault(n => n is { IsLeaf: true, Name: TypedValue } && !IsVariantType(n)) is { } other)
        {
            throw Unsupported(other);
        }

        // Ids that no table gives.
        var ids = int.MinValue;
        var fields = new List<NestedField>();
        foreach (var child in node.Children)
        {
            fields.Add(InferredType.Field(child, ref ids) ?? throw Unsupported(child));
        }

        return fields.Exists(f => f is { Name: Metadata, Type: PrimitiveType { Kind: PrimitiveKind.Binary } }) && fields.Exists(f => f.Name is Value or TypedValue)
            ? new StructType(fields)
            : throw new InvalidDataException($"column '{string.Join('.', node.Path)}' is no variant: it lacks metadata, or value and typed_value");
    }

    /// <summary>The column as a struct of metadata and value.</summary>
    public static ArrayData Assemble(FileNode node, StructArray group)
    {
        var metadata = (BinaryArray)Child(node, group, Metadata)!;
        var values = new BinaryArray.Builder();
        for (var i = 0; i < group.Length; i++)
        {
            if (group.IsNull(i))
            {
                values.Append(ReadOnlySpan<byte>.Empty);
            }
            else
            {
                // Where a value is required and there is none, it is the variant null.
                values.Append((ReadOnlySpan<byte>)(Read(node, group, i, metadata.GetBytes(i)) ?? VariantEncoder.Null));
            }
        }

        var arrow = ArrowSchema.TypeOf(new PrimitiveType(PrimitiveKind.Variant), node.Name);
        return new ArrayData(arrow, group.Length, group.NullCount, 0, [group.Data.Buffers[0]], [metadata.Data, values.Build().Data]);
    }

    /// <summary>The value of a group of value and typed_value; null if it is missing.</summary>
    private static byte[]? Read(FileNode node, StructArray group, int row, ReadOnlySpan<byte> metadata)
    {
        var plain = Child(node, group, Value) is BinaryArray values && !values.IsNull(row) ? values.GetBytes(row).ToArray() : null;
        if (Child(node, group, TypedValue) is not { } typed || typed.IsNull(row))
        {
            return plain;
        }

        var shredded = node.Children.First(c => c.Name == TypedValue);
        if (typed is StructArray fields)
        {
            return ReadObject(shredded, fields, row, metadata, plain);
        }

        if (plain is not null)
        {
            throw new InvalidDataException($"column '{string.Join('.', node.Path)}' has a value and a typed value in one row");
        }

        return typed is ListArray list ? ReadArray(shredded, list, row, metadata) : Primitive(shredded, typed, row);
    }

    private static byte[] ReadObject(FileNode node, StructArray fields, int row, ReadOnlySpan<byte> metadata, byte[]? rest)
    {
        var names = new VariantMetadata(metadata);
        var found = new Dictionary<string, byte[]>();
        if (rest is not null)
        {
            if (VariantLayout.TypeOf(rest) != VariantBasicType.Object)
            {
                throw new InvalidDataException($"column '{string.Join('.', node.Path)}' has shredded fields of a value that is no object");
            }

            var others = new VariantLayout(rest);
            for (var i = 0; i < others.Count; i++)
            {
                found[names.Name(others.FieldId(i))] = others.Element(i)[..VariantLength.Of(others.Element(i))].ToArray();
            }
        }

        for (var i = 0; i < node.Children.Count; i++)
        {
            // A shredded field may not stand among the others; where it does all the same, the shredded column is read.
            found.Remove(node.Children[i].Name);
            if (fields.Fields[i] is StructArray field && !field.IsNull(row) && Read(node.Children[i], field, row, metadata) is { } value)
            {
                found[node.Children[i].Name] = value;
            }
        }

        return VariantEncoder.Object(names, found);
    }

    private static byte[] ReadArray(FileNode node, ListArray list, int row, ReadOnlySpan<byte> metadata)
    {
        var element = node.List()!.Value.Element;
        var groups = (StructArray)list.Values;
        var elements = new List<byte[]>();
        for (var i = list.ValueOffsets[row]; i < list.ValueOffsets[row + 1]; i++)
        {
            elements.Add(Read(element, groups, i, metadata) ?? VariantEncoder.Null);
        }

        return VariantEncoder.Array(elements);
    }

    private static byte[] Primitive(FileNode node, IArrowArray array, int row) => array switch
    {
        BooleanArray a => VariantEncoder.Boolean(a.GetValue(row)!.Value),
        Int32Array a => node.Element switch
        {
            { Logical.BitWidth: 8 } or { Converted: ConvertedType.Int8 } => VariantEncoder.Integer(VariantPrimitive.Int8, a.Values[row], 1),
            { Logical.BitWidth: 16 } or { Converted: ConvertedType.Int16 } => VariantEncoder.Integer(VariantPrimitive.Int16, a.Values[row], 2),
            _ => VariantEncoder.Integer(VariantPrimitive.Int32, a.Values[row], 4),
        },
        Int64Array a => VariantEncoder.Integer(VariantPrimitive.Int64, a.Values[row], 8),
        FloatArray a => VariantEncoder.Fixed(VariantPrimitive.Float, BitConverter.GetBytes(a.Values[row])),
        DoubleArray a => VariantEncoder.Fixed(VariantPrimitive.Double, BitConverter.GetBytes(a.Values[row])),
        Date32Array a => VariantEncoder.Integer(VariantPrimitive.Date, a.Values[row], 4),
        Time64Array a => VariantEncoder.Integer(VariantPrimitive.Time, a.Values[row], 8),
        TimestampArray a => VariantEncoder.Integer(Timestamp((Apache.Arrow.Types.TimestampType)a.Data.DataType), a.Values[row], 8),
        StringArray a => VariantEncoder.Text(a.GetBytes(row)),
        BinaryArray a => VariantEncoder.Binary(a.GetBytes(row)),
        Decimal128Array a => DecimalOf(node, new BigInteger(a.ValueBuffer.Span.Slice((a.Offset + row) * 16, 16))),
        FixedSizeBinaryArray a => VariantEncoder.Fixed(VariantPrimitive.Uuid, a.GetBytes(row)),
        _ => throw Unsupported(node),
    };

    private static byte[] DecimalOf(FileNode node, BigInteger unscaled) => node.Element.Type switch
    {
        PhysicalKind.Int32 => VariantEncoder.Decimal(VariantPrimitive.Decimal4, unscaled, node.Annotation.Scale, 4),
        PhysicalKind.Int64 => VariantEncoder.Decimal(VariantPrimitive.Decimal8, unscaled, node.Annotation.Scale, 8),
        _ => VariantEncoder.Decimal(VariantPrimitive.Decimal16, unscaled, node.Annotation.Scale, 16),
    };

    private static bool IsVariantType(FileNode leaf) => leaf.Annotation.Meaning switch
    {
        Meaning.Decimal or Meaning.Date or Meaning.Time or Meaning.Timestamp => true,
        Meaning.None => leaf.Element.Type != PhysicalKind.FixedLenByteArray || leaf.Element.Logical?.Kind == LogicalKind.Uuid,
        _ => false,
    };

    private static VariantPrimitive Timestamp(Apache.Arrow.Types.TimestampType type) => (type.Unit, type.Timezone) switch
    {
        (Apache.Arrow.Types.TimeUnit.Nanosecond, null) => VariantPrimitive.TimestampNanos,
        (Apache.Arrow.Types.TimeUnit.Nanosecond, _) => VariantPrimitive.TimestampTzNanos,
        (_, null) => VariantPrimitive.Timestamp,
        _ => VariantPrimitive.TimestampTz,
    };

    private static IArrowArray? Child(FileNode node, StructArray group, string name)
    {
        for (var i = 0; i < node.Children.Count; i++)
        {
            if (node.Children[i].Name == name)
            {
                return group.Fields[i];
            }
        }

        return null;
    }

    private static NotSupportedException Unsupported(FileNode node) => new($"a shredded variant of a type that variants have not, column '{string.Join('.', node.Path)}'");
}
