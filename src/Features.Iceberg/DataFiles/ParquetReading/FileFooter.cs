using System.Buffers.Binary;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>What a file says of itself at its end ("FileMetaData").</summary>
/// <param name="Schema">The flattened schema; the first is the root.</param>
/// <param name="RowCount">Rows of all row groups.</param>
/// <param name="RowGroups">In the file's order.</param>
/// <param name="OrderedLeaves">By the index of a leaf, true if its statistics follow the order that its type defines; empty if the file says nothing of orders.</param>
internal sealed record FileFooter(IReadOnlyList<SchemaElement> Schema, long RowCount, IReadOnlyList<FileRowGroup> RowGroups, IReadOnlyList<bool> OrderedLeaves)
{
    private const int TailBytes = 8, MostBytes = 256 << 20;

    /// <exception cref="InvalidDataException">The file is no Parquet file, or its footer is damaged.</exception>
    /// <exception cref="NotSupportedException">The file is encrypted.</exception>
    public static async Task<FileFooter> ReadAsync(Stream file, CancellationToken cancellationToken)
    {
        if (file.Length < TailBytes + 4)
        {
            throw new InvalidDataException($"a Parquet file has at least 12 bytes, this one {file.Length}");
        }

        var tail = new byte[TailBytes];
        file.Seek(-TailBytes, SeekOrigin.End);
        await file.ReadExactlyAsync(tail, cancellationToken).ConfigureAwait(false);
        if (tail.AsSpan(4).SequenceEqual("PARE"u8))
        {
            throw new NotSupportedException("Parquet encryption");
        }

        if (!tail.AsSpan(4).SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException("it does not end as a Parquet file does; it is cut off or of another format");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (length < 1 || length > file.Length - TailBytes - 4 || length > MostBytes)
        {
            throw new InvalidDataException($"its footer claims {length} bytes in a file of {file.Length}");
        }

        var footer = new byte[length];
        file.Seek(-TailBytes - length, SeekOrigin.End);
        await file.ReadExactlyAsync(footer, cancellationToken).ConfigureAwait(false);
        return Read(footer);
    }

    public static FileFooter Read(ReadOnlySpan<byte> footer)
    {
        var thrift = new ThriftReader(footer);
        var schema = new List<SchemaElement>();
        var groups = new List<FileRowGroup>();
        var ordered = new List<bool>();
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            switch (field)
            {
                case 2:
                    for (var left = thrift.List(wire, out _); left > 0; left--)
                    {
                        schema.Add(SchemaElement.Read(ref thrift));
                    }

                    break;
                case 4:
                    for (var left = thrift.List(wire, out _); left > 0; left--)
                    {
                        groups.Add(FileRowGroup.Read(ref thrift));
                    }

                    break;
                case 7:
                    for (var left = thrift.List(wire, out _); left > 0; left--)
                    {
                        ordered.Add(ReadOrder(ref thrift));
                    }

                    break;
                case 8:
                    throw new NotSupportedException("Parquet encryption");
                default:
                    thrift.Skip(wire);
                    break;
            }
        }

        thrift.End(outer);
        if (schema.Count == 0 || groups.Any(g => g.RowCount < 0))
        {
            throw new InvalidDataException(schema.Count == 0 ? "its footer has no schema" : "a row group has less than no rows");
        }

        // Some writers leave the file's own count at 0.
        return new FileFooter(schema, groups.Sum(g => g.RowCount), groups, ordered);
    }

    private static bool ReadOrder(ref ThriftReader thrift)
    {
        var isTypeDefined = false;
        var outer = thrift.Begin();
        while (thrift.Next(out var kind, out var wire))
        {
            isTypeDefined = kind == 1;
            thrift.Skip(wire);
        }

        thrift.End(outer);
        return isTypeDefined;
    }
}
