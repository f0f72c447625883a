namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>A page's header. <paramref name="RepetitionBytes"/> and <paramref name="DefinitionBytes"/> hold for v2 data pages alone, whose levels are not compressed.</summary>
internal sealed record PageHeader(
    PageKind Kind, int UncompressedBytes, int CompressedBytes, uint? Checksum, int ValueCount, ParquetEncoding Encoding, ParquetEncoding DefinitionEncoding, ParquetEncoding RepetitionEncoding,
    int DefinitionBytes, int RepetitionBytes, bool IsCompressed)
{
    /// <summary>Reads the header at the start of the bytes, and says how long it is.</summary>
    public static PageHeader Read(ReadOnlySpan<byte> bytes, out int length)
    {
        var thrift = new ThriftReader(bytes);
        var header = new PageHeader((PageKind)(-1), -1, -1, null, 0, ParquetEncoding.Plain, ParquetEncoding.Rle, ParquetEncoding.Rle, 0, 0, true);
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            switch (field)
            {
                case 1:
                    header = header with { Kind = (PageKind)thrift.Int32(wire) };
                    break;
                case 2:
                    header = header with { UncompressedBytes = thrift.Int32(wire) };
                    break;
                case 3:
                    header = header with { CompressedBytes = thrift.Int32(wire) };
                    break;
                case 4:
                    header = header with { Checksum = unchecked((uint)thrift.Int32(wire)) };
                    break;
                case 5 or 7 or 8 when wire == WireType.Struct:
                    header = header.ReadKind(ref thrift, field == 8);
                    break;
                default:
                    thrift.Skip(wire);
                    break;
            }
        }

        thrift.End(outer);
        length = bytes.Length - thrift.Remaining;
        if (header.UncompressedBytes < 0 || header.CompressedBytes < 0 || header.ValueCount < 0 || header.DefinitionBytes < 0 || header.RepetitionBytes < 0
            || (long)header.DefinitionBytes + header.RepetitionBytes > Math.Min(header.UncompressedBytes, header.CompressedBytes))
        {
            throw new InvalidDataException("a page header has sizes that cannot be");
        }

        return header;
    }

    private PageHeader ReadKind(ref ThriftReader thrift, bool isV2)
    {
        var header = this;
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            header = (field, isV2) switch
            {
                (1, _) => header with { ValueCount = thrift.Int32(wire) },
                (2, false) or (4, true) => header with { Encoding = (ParquetEncoding)thrift.Int32(wire) },
                (3, false) when header.Kind == PageKind.Data => header with { DefinitionEncoding = (ParquetEncoding)thrift.Int32(wire) },
                (4, false) when header.Kind == PageKind.Data => header with { RepetitionEncoding = (ParquetEncoding)thrift.Int32(wire) },
                (5, true) => header with { DefinitionBytes = thrift.Int32(wire) },
                (6, true) => header with { RepetitionBytes = thrift.Int32(wire) },
                (7, true) => header with { IsCompressed = ThriftReader.Boolean(wire) },
                _ => header.Without(ref thrift, wire),
            };
        }

        thrift.End(outer);
        return header;
    }

    private PageHeader Without(ref ThriftReader thrift, WireType wire)
    {
        thrift.Skip(wire);
        return this;
    }
}
