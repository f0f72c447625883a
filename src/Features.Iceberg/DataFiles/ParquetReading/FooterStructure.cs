namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>
/// What Parquet.Net is given of a footer. It trusts what it reads: a damaged footer makes it read on for ever behind its end, or take what memory a misplaced number claims, and a field that some writer
/// put under a number of its own shifts all that follows. So every value must end within the footer, and only fields of the type that Parquet gives them are handed on.
/// </summary>
internal static class FooterStructure
{
    private static readonly Struct Empty = [], KeyValue = new() { [1] = Text, [2] = Text }, Aes = new() { [1] = Text, [2] = Text, [3] = Flag };

    private static readonly Struct TimeUnit = new() { [1] = Of(Empty), [2] = Of(Empty), [3] = Of(Empty) }, Time = new() { [1] = Flag, [2] = Of(TimeUnit) };

    private static readonly Struct Logical = new()
    {
        [1] = Of(Empty), [2] = Of(Empty), [3] = Of(Empty), [4] = Of(Empty), [5] = Of(new() { [1] = Integer, [2] = Integer }), [6] = Of(Empty), [7] = Of(Time), [8] = Of(Time),
        [10] = Of(new() { [1] = Octet, [2] = Flag }), [11] = Of(Empty), [12] = Of(Empty), [13] = Of(Empty), [14] = Of(Empty), [15] = Of(Empty), [16] = Of(new() { [1] = Octet }),
        [17] = Of(new() { [1] = Text }), [18] = Of(new() { [1] = Text, [2] = Integer }),
    };

    private static readonly Struct SchemaElement = new()
    {
        [1] = Integer, [2] = Integer, [3] = Integer, [4] = Text, [5] = Integer, [6] = Integer, [7] = Integer, [8] = Integer, [9] = Integer, [10] = Of(Logical),
    };

    private static readonly Struct Statistics = new() { [1] = Text, [2] = Text, [3] = Integer, [4] = Integer, [5] = Text, [6] = Text, [7] = Flag, [8] = Flag };

    private static readonly Struct Geospatial = new()
    {
        [1] = Of(new() { [1] = Real, [2] = Real, [3] = Real, [4] = Real, [5] = Real, [6] = Real, [7] = Real, [8] = Real }), [2] = List(Integer),
    };

    private static readonly Struct ColumnMetaData = new()
    {
        [1] = Integer, [2] = List(Integer), [3] = List(Text), [4] = Integer, [5] = Integer, [6] = Integer, [7] = Integer, [8] = List(Of(KeyValue)), [9] = Integer, [10] = Integer, [11] = Integer,
        [12] = Of(Statistics), [13] = List(Of(new() { [1] = Integer, [2] = Integer, [3] = Integer })), [14] = Integer, [15] = Integer,
        [16] = Of(new() { [1] = Integer, [2] = List(Integer), [3] = List(Integer) }), [17] = Of(Geospatial),
    };

    private static readonly Struct ColumnChunk = new()
    {
        [1] = Text, [2] = Integer, [3] = Of(ColumnMetaData), [4] = Integer, [5] = Integer, [6] = Integer, [7] = Integer,
        [8] = Of(new() { [1] = Of(Empty), [2] = Of(new() { [1] = List(Text), [2] = Text }) }), [9] = Text,
    };

    private static readonly Struct RowGroup = new()
    {
        [1] = List(Of(ColumnChunk)), [2] = Integer, [3] = Integer, [4] = List(Of(new() { [1] = Integer, [2] = Flag, [3] = Flag })), [5] = Integer, [6] = Integer, [7] = Integer,
    };

    private static readonly Struct FileMetaData = new()
    {
        [1] = Integer, [2] = List(Of(SchemaElement)), [3] = Integer, [4] = List(Of(RowGroup)), [5] = List(Of(KeyValue)), [6] = Text, [7] = List(Of(new() { [1] = Of(Empty) })),
        [8] = Of(new() { [1] = Of(Aes), [2] = Of(Aes) }), [9] = Text,
    };

    private enum Kind
    {
        Integer,
        Octet,
        Flag,
        Real,
        Text,
        List,
        Struct,
    }

    private static Value Integer => new(Kind.Integer);

    private static Value Octet => new(Kind.Octet);

    private static Value Flag => new(Kind.Flag);

    private static Value Real => new(Kind.Real);

    private static Value Text => new(Kind.Text);

    /// <summary>The footer without what Parquet.Net would misread.</summary>
    /// <exception cref="InvalidDataException">The footer is damaged.</exception>
    public static byte[] Sound(ReadOnlySpan<byte> footer)
    {
        var sound = new MemoryStream(footer.Length);
        var thrift = new ThriftReader(footer);
        Copy(ref thrift, footer, FileMetaData, sound);
        return sound.ToArray();
    }

    private static Value List(Value element) => new(Kind.List, Element: element);

    private static Value Of(Struct fields) => new(Kind.Struct, fields);

    private static void Copy(ref ThriftReader thrift, ReadOnlySpan<byte> footer, Struct fields, MemoryStream sound)
    {
        var outer = thrift.Begin();
        while (thrift.Next(out var id, out var wire))
        {
            if (!fields.TryGetValue(id, out var value) || !Fits(value.Kind, wire))
            {
                thrift.Skip(wire);
            }
            else if (value.Kind != Kind.List)
            {
                WriteHeader(sound, id, wire);
                CopyValue(ref thrift, footer, value, wire, sound);
            }
            else
            {
                CopyList(ref thrift, footer, id, value.Element!, sound);
            }
        }

        thrift.End(outer);
        sound.WriteByte((byte)WireType.Stop);
    }

    private static void CopyList(ref ThriftReader thrift, ReadOnlySpan<byte> footer, int id, Value value, MemoryStream sound)
    {
        var count = thrift.List(WireType.List, out var element);
        if (!Fits(value.Kind, element))
        {
            thrift.SkipMany(count, element);
            return;
        }

        WriteHeader(sound, id, WireType.List);
        sound.WriteByte((byte)(0xF0 | (int)element));
        WriteNumber(sound, (uint)count);
        for (; count > 0; count--)
        {
            CopyValue(ref thrift, footer, value, element, sound);
        }
    }

    private static void CopyValue(ref ThriftReader thrift, ReadOnlySpan<byte> footer, Value value, WireType wire, MemoryStream sound)
    {
        if (value.Kind == Kind.Struct)
        {
            Copy(ref thrift, footer, value.Fields!, sound);
            return;
        }

        var start = footer.Length - thrift.Remaining;
        thrift.Skip(wire);
        sound.Write(footer[start..^thrift.Remaining]);
    }

    private static bool Fits(Kind kind, WireType wire) => kind switch
    {
        Kind.Integer => wire is WireType.I16 or WireType.I32 or WireType.I64,
        Kind.Octet => wire is WireType.Byte,
        Kind.Flag => wire is WireType.True or WireType.False,
        Kind.Real => wire is WireType.Double,
        Kind.Text => wire is WireType.Binary,
        Kind.List => wire is WireType.List,
        _ => wire is WireType.Struct,
    };

    // With the whole id, as fields may be missing before it.
    private static void WriteHeader(MemoryStream sound, int id, WireType wire)
    {
        sound.WriteByte((byte)wire);
        WriteNumber(sound, (uint)id << 1);
    }

    private static void WriteNumber(MemoryStream sound, uint number)
    {
        for (; number >= 0x80; number >>= 7)
        {
            sound.WriteByte((byte)(number | 0x80));
        }

        sound.WriteByte((byte)number);
    }

    private sealed record Value(Kind Kind, Struct? Fields = null, Value? Element = null);

    private sealed class Struct : Dictionary<int, Value>;
}
