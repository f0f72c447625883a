using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>Parquet's <c>FileMetaData</c>: the schema with field ids at every depth, the row groups with statistics.</summary>
internal static class FooterWriter
{
    private const int Plain = 0, Rle = 3, RleDictionary = 8;

    // Longer bounds are left out rather than cut: older readers take statistics for exact.
    private const int MaxStatisticBytes = 64;

    public static ReadOnlyMemory<byte> Write(IReadOnlyList<SchemaNode> columns, Schema schema, IReadOnlyList<RowGroup> rowGroups, ParquetCodec codec)
    {
        var thrift = new ThriftWriter();
        thrift.Struct(() =>
        {
            thrift.Field(1, 1);
            thrift.Structs(2, [null, .. columns.SelectMany(c => c.Flatten())], node => WriteElement(thrift, node, columns.Count));
            thrift.Field(3, rowGroups.Sum(g => (long)g.RowCount));
            thrift.Structs(4, [.. rowGroups.Index()], g => WriteRowGroup(thrift, g.Item, g.Index, codec));
            thrift.Structs(5, [("iceberg.schema", SchemaJson.ToJson(schema))], pair =>
            {
                thrift.Field(1, pair.Item1);
                thrift.Field(2, pair.Item2);
            });
            thrift.Field(6, "Features.Iceberg");
            // Readers trust min_value and max_value only where the order is said: that of the type.
            thrift.Structs(7, [.. columns.SelectMany(c => c.Leaves())], _ => thrift.Struct(1, () => { }));
        });
        return thrift.Written;
    }

    /// <summary>Null is the root.</summary>
    private static void WriteElement(ThriftWriter thrift, SchemaNode? node, int rootChildren)
    {
        if (node is null)
        {
            thrift.Field(4, "table");
            thrift.Field(5, rootChildren);
            return;
        }

        if (node.Leaf is { } leaf)
        {
            var physical = PhysicalType.Of(leaf);
            thrift.Field(1, (int)physical.Kind);
            if (physical.Kind == PhysicalKind.FixedLenByteArray)
            {
                thrift.Field(2, physical.Length);
            }
        }

        thrift.Field(3, (int)node.Repetition);
        thrift.Field(4, node.Name);
        if (node.Leaf is null)
        {
            thrift.Field(5, node.Children.Count);
        }

        WriteAnnotation(thrift, node);
    }

    private static void WriteAnnotation(ThriftWriter thrift, SchemaNode node)
    {
        var leaf = node.Leaf;
        if (ConvertedType(node) is { } converted)
        {
            thrift.Field(6, converted);
        }

        if (leaf?.Kind == PrimitiveKind.Decimal)
        {
            thrift.Field(7, leaf.Scale);
            thrift.Field(8, leaf.Precision);
        }

        if (node.FieldId is { } id)
        {
            thrift.Field(9, id);
        }

        if (LogicalType(node) is { } logical)
        {
            thrift.Struct(10, () => thrift.Struct(logical, () => WriteParameters(thrift, leaf)));
        }
    }

    private static void WriteParameters(ThriftWriter thrift, PrimitiveType? leaf)
    {
        switch (leaf?.Kind)
        {
            case PrimitiveKind.Decimal:
                thrift.Field(1, leaf.Scale);
                thrift.Field(2, leaf.Precision);
                break;
            case PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs:
                thrift.Field(1, leaf.Kind is PrimitiveKind.TimestampTz or PrimitiveKind.TimestampTzNs);
                thrift.Struct(2, () => thrift.Struct(leaf.Kind is PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs ? 3 : 2, () => { }));
                break;
        }
    }

    private static int? ConvertedType(SchemaNode node) => node.Type switch
    {
        MapType => 1,
        ListType => 3,
        PrimitiveType p => p.Kind switch
        {
            PrimitiveKind.String => 0,
            PrimitiveKind.Decimal => 5,
            PrimitiveKind.Date => 6,
            // The old annotations of times mean UTC; a reader that knows them alone must not shift local times.
            PrimitiveKind.TimestampTz => 10,
            _ => null,
        },
        _ => null,
    };

    private static int? LogicalType(SchemaNode node) => node.Type switch
    {
        MapType => 2,
        ListType => 3,
        PrimitiveType p => p.Kind switch
        {
            PrimitiveKind.String => 1,
            PrimitiveKind.Decimal => 5,
            PrimitiveKind.Date => 6,
            PrimitiveKind.Time => 7,
            PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => 8,
            PrimitiveKind.Uuid => 14,
            _ => null,
        },
        _ => null,
    };

    private static void WriteRowGroup(ThriftWriter thrift, RowGroup group, int ordinal, ParquetCodec codec)
    {
        thrift.Structs(1, group.Chunks, chunk =>
        {
            thrift.Field(2, chunk.Start);
            thrift.Struct(3, () => WriteChunk(thrift, chunk, codec));
        });
        thrift.Field(2, group.Chunks.Sum(c => c.UncompressedBytes));
        thrift.Field(3, (long)group.RowCount);
        thrift.Field(5, group.Chunks[0].Start);
        thrift.Field(6, group.Chunks.Sum(c => c.CompressedBytes));
        if (ordinal <= short.MaxValue)
        {
            thrift.Field(7, (short)ordinal);
        }
    }

    private static void WriteChunk(ThriftWriter thrift, ColumnChunk chunk, ParquetCodec codec)
    {
        thrift.Field(1, (int)chunk.Physical.Kind);
        thrift.Ints(2, chunk.DictionaryOffset is null ? [Plain, Rle] : [Plain, Rle, RleDictionary]);
        thrift.Strings(3, [.. chunk.Node.Path]);
        thrift.Field(4, (int)codec);
        thrift.Field(5, (long)chunk.ValueCount);
        thrift.Field(6, chunk.UncompressedBytes);
        thrift.Field(7, chunk.CompressedBytes);
        thrift.Field(9, chunk.DataOffset);
        if (chunk.DictionaryOffset is { } dictionary)
        {
            thrift.Field(11, dictionary);
        }

        thrift.Struct(12, () => WriteStatistics(thrift, chunk));
    }

    private static void WriteStatistics(ThriftWriter thrift, ColumnChunk chunk)
    {
        thrift.Field(3, (long)chunk.NullCount);
        if (chunk.Min is null || chunk.Max is null)
        {
            return;
        }

        var (min, max) = (Statistic(chunk.Min, chunk, isMax: false), Statistic(chunk.Max, chunk, isMax: true));
        if (min.Length <= MaxStatisticBytes && max.Length <= MaxStatisticBytes)
        {
            thrift.Field(5, max);
            thrift.Field(6, min);
        }
    }

    private static byte[] Statistic(object value, ColumnChunk chunk, bool isMax) => value switch
    {
        // Zeros of either sign are equal to a reader, so the bounds must hold both.
        0.0 => BitConverter.GetBytes(isMax ? 0.0 : -0.0),
        0.0f => BitConverter.GetBytes(isMax ? 0.0f : -0.0f),
        System.Numerics.BigInteger unscaled => chunk.Physical.Kind switch
        {
            PhysicalKind.Int32 => BitConverter.GetBytes((int)unscaled),
            PhysicalKind.Int64 => BitConverter.GetBytes((long)unscaled),
            _ => SignExtended(unscaled, chunk.Physical.Length),
        },
        _ => SingleValue.ToBinary(value, chunk.Node.Leaf!),
    };

    private static byte[] SignExtended(System.Numerics.BigInteger value, int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value.Sign < 0 ? (byte)0xFF : (byte)0);
        var digits = value.ToByteArray(isUnsigned: false, isBigEndian: true);
        digits.CopyTo(bytes, length - digits.Length);
        return bytes;
    }
}
