using System.IO.Hashing;
using Bytes = System.ReadOnlyMemory<byte>;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Reads a leaf's chunk of a row group, some rows at a time: one page is unpacked at once, and levels and values are decoded as they are asked for.</summary>
internal abstract class LeafReader
{
    /// <summary>A reader of a chunk's bytes.</summary>
    public static LeafReader Of(FileNode leaf, FileChunk chunk, Bytes bytes) => leaf.Element.Type switch
    {
        PhysicalKind.Boolean => new LeafReader<bool>(leaf, chunk, bytes, p => new PlainBooleans(p), (e, p) => e == ParquetEncoding.Rle ? new RunLengthBooleans(p) : null),
        PhysicalKind.Int32 => new LeafReader<int>(leaf, chunk, bytes, p => new PlainNumbers<int>(p), (e, p) => e switch
        {
            ParquetEncoding.DeltaBinaryPacked => new DeltaInts(p),
            ParquetEncoding.ByteStreamSplit => new SplitNumbers<int>(p),
            _ => null,
        }),
        PhysicalKind.Int64 => new LeafReader<long>(leaf, chunk, bytes, p => new PlainNumbers<long>(p), (e, p) => e switch
        {
            ParquetEncoding.DeltaBinaryPacked => new DeltaLongs(p),
            ParquetEncoding.ByteStreamSplit => new SplitNumbers<long>(p),
            _ => null,
        }),
        PhysicalKind.Float => new LeafReader<float>(leaf, chunk, bytes, p => new PlainNumbers<float>(p), (e, p) => e == ParquetEncoding.ByteStreamSplit ? new SplitNumbers<float>(p) : null),
        PhysicalKind.Double => new LeafReader<double>(leaf, chunk, bytes, p => new PlainNumbers<double>(p), (e, p) => e == ParquetEncoding.ByteStreamSplit ? new SplitNumbers<double>(p) : null),
        PhysicalKind.ByteArray => new LeafReader<Bytes>(leaf, chunk, bytes, p => new PlainBytes(p), (e, p) => e switch
        {
            ParquetEncoding.DeltaLengthByteArray => new DeltaLengthBytes(p),
            ParquetEncoding.DeltaByteArray => new DeltaBytes(p),
            _ => null,
        }),
        PhysicalKind.Int96 => new LeafReader<Bytes>(leaf, chunk, bytes, p => new PlainFixed(p, 12), (_, _) => null),
        _ => new LeafReader<Bytes>(leaf, chunk, bytes, p => new PlainFixed(p, leaf.Element.TypeLength), (e, p) => e switch
        {
            ParquetEncoding.DeltaByteArray => new DeltaBytes(p),
            ParquetEncoding.ByteStreamSplit => new SplitFixed(p, leaf.Element.TypeLength),
            _ => null,
        }),
    };

    /// <summary>The next rows.</summary>
    /// <exception cref="InvalidDataException">The chunk has fewer, or is damaged.</exception>
    public abstract LeafData Read(int rows);

    /// <exception cref="InvalidDataException">The chunk has more rows than were read.</exception>
    public abstract void RefuseMore();
}

/// <inheritdoc/>
internal sealed class LeafReader<T>(FileNode leaf, FileChunk chunk, Bytes bytes, Func<Bytes, ValueDecoder<T>> plain, Func<ParquetEncoding, Bytes, ValueDecoder<T>?> other) : LeafReader
    where T : struct
{
    // Beyond it a batch is no batch any more, and a run of a few bytes can claim as many: a list of so many elements is refused.
    private const int MostValues = 1 << 24;

    private T[]? dictionary;
    private int at;
    private long valuesBegun;
    private int leftInPage;
    private PageHeader? header;
    private Bytes encoded;
    private ValueDecoder<T>? values;
    private RunLengthDecoder? definitions;
    private RunLengthDecoder? repetitions;
    private int? nextRepetition;

    public override LeafData Read(int rows) => leaf.Repetition == 0 ? ReadFlat(rows) : ReadRepeated(rows);

    public override void RefuseMore()
    {
        if (leftInPage > 0 || valuesBegun < chunk.ValueCount)
        {
            throw Damaged("has more values than its row group has rows for");
        }
    }

    private LeafData ReadFlat(int rows)
    {
        var found = new T[rows];
        var levels = leaf.Definition > 0 ? new byte[rows] : null;
        int have = 0, present = 0;
        while (have < rows)
        {
            if (leftInPage == 0 && !NextPage())
            {
                throw Damaged("ends before its rows do");
            }

            var count = Math.Min(rows - have, leftInPage);
            if (levels is not null)
            {
                definitions!.Read(levels.AsSpan(have, count));
            }

            var valued = levels is null ? count : Present(levels.AsSpan(have, count));
            Decode(found.AsSpan(present, valued));
            (have, present, leftInPage) = (have + count, present + valued, leftInPage - count);
        }

        return new LeafData(found, rows, levels, null);
    }

    private LeafData ReadRepeated(int rows)
    {
        var levels = new Levels(rows);
        var found = new T[rows];
        int begun = 0, present = 0;
        for (var isWhole = false; !isWhole && (leftInPage > 0 || NextPage());)
        {
            var first = levels.Count;
            isWhole = ReadLevels(levels, rows, ref begun);
            var valued = Present(levels.Definition.AsSpan(first, levels.Count - first));
            if (found.Length < present + valued)
            {
                Array.Resize(ref found, Math.Max(present + valued, (int)Math.Min(MostValues, 2L * found.Length)));
            }

            Decode(found.AsSpan(present, valued));
            present += valued;
        }

        return begun == rows ? new LeafData(found, levels.Count, levels.Definition, levels.Repetition) : throw Damaged("ends before its rows do");
    }

    /// <summary>The levels of the page up to its end (false), or to the row behind the last one wanted (true).</summary>
    private bool ReadLevels(Levels levels, int rows, ref int begun)
    {
        for (; leftInPage > 0; leftInPage--)
        {
            // A row's end is seen by the beginning of the next, which stays for later.
            var level = nextRepetition ?? repetitions!.Next();
            if (level == 0 && begun == rows)
            {
                nextRepetition = level;
                return true;
            }

            nextRepetition = null;
            begun += level == 0 ? 1 : 0;
            if (begun == 0 || level > leaf.Repetition)
            {
                throw Damaged(begun == 0 ? "begins within a list" : "has repetition levels that its schema has not");
            }

            if (levels.Count == MostValues)
            {
                throw new NotSupportedException($"a list of more than {MostValues} elements in column '{string.Join('.', leaf.Path)}'");
            }

            levels.Add((byte)level, (byte)definitions!.Next());
        }

        return false;
    }

    private int Present(ReadOnlySpan<byte> levels) => levels.ContainsAnyExceptInRange((byte)0, (byte)leaf.Definition)
        ? throw Damaged("has definition levels that its schema has not")
        : levels.Count((byte)leaf.Definition);

    private void Decode(Span<T> output)
    {
        // A page without values may not even have the header of its encoding.
        if (!output.IsEmpty)
        {
            values ??= Decoder();
            values.Read(output);
        }
    }

    private ValueDecoder<T> Decoder() => header!.Encoding switch
    {
        ParquetEncoding.Plain => plain(encoded),
        ParquetEncoding.PlainDictionary or ParquetEncoding.RleDictionary => new DictionaryIndices<T>(encoded, dictionary ?? throw Damaged("has indices and no dictionary")),
        var encoding => other(encoding, encoded) ?? throw new NotSupportedException($"encoding {encoding} in column '{string.Join('.', leaf.Path)}'"),
    };

    private bool NextPage()
    {
        while (valuesBegun < chunk.ValueCount && at < bytes.Length)
        {
            header = PageHeader.Read(bytes.Span[at..], out var length);
            at += length;
            if (header.CompressedBytes > bytes.Length - at)
            {
                throw Damaged($"has a page of {header.CompressedBytes} bytes where {bytes.Length - at} are left");
            }

            var page = bytes.Slice(at, header.CompressedBytes);
            at += header.CompressedBytes;
            if (header.Checksum is { } checksum && Crc32.HashToUInt32(page.Span) != checksum)
            {
                throw Damaged("has a page whose checksum is not that of its bytes");
            }

            switch (header.Kind)
            {
                case PageKind.Dictionary:
                    ReadDictionary(page);
                    break;
                case PageKind.Data:
                    Begin(Unpack(page, header.UncompressedBytes));
                    break;
                case PageKind.DataV2:
                    BeginV2(page);
                    break;
            }

            if (leftInPage > 0)
            {
                return true;
            }
        }

        return false;
    }

    private Bytes Unpack(Bytes page, int length) => PageBytes.Unpack((ParquetCodec)chunk.Codec, page, length);

    private void ReadDictionary(Bytes page)
    {
        var unpacked = Unpack(page, header!.UncompressedBytes);
        if (header.ValueCount > unpacked.Length * 8L)
        {
            throw Damaged($"has a dictionary of {unpacked.Length} bytes that claims {header.ValueCount} values");
        }

        var entries = new T[header.ValueCount];
        plain(unpacked).Read(entries);
        dictionary = entries;
    }

    private void Begin(Bytes page)
    {
        BeginPage();
        repetitions = leaf.Repetition == 0 ? null : Runs(header!.RepetitionEncoding, leaf.Repetition);
        definitions = leaf.Definition == 0 ? null : Runs(header!.DefinitionEncoding, leaf.Definition);
        encoded = page;

        RunLengthDecoder Runs(ParquetEncoding encoding, int highest) => encoding == ParquetEncoding.Rle
            ? new RunLengthDecoder(LengthPrefixed.Take(ref page), RunLengthDecoder.BitWidth(highest))
            : throw new NotSupportedException($"levels in encoding {encoding} in column '{string.Join('.', leaf.Path)}'");
    }

    private void BeginV2(Bytes page)
    {
        BeginPage();
        var levels = header!.RepetitionBytes + header.DefinitionBytes;
        repetitions = leaf.Repetition == 0 ? null : new RunLengthDecoder(page[..header.RepetitionBytes], RunLengthDecoder.BitWidth(leaf.Repetition));
        definitions = leaf.Definition == 0 ? null : new RunLengthDecoder(page[header.RepetitionBytes..levels], RunLengthDecoder.BitWidth(leaf.Definition));
        encoded = header.IsCompressed ? Unpack(page[levels..], header.UncompressedBytes - levels) : page[levels..];
    }

    private void BeginPage()
    {
        (leftInPage, values) = (header!.ValueCount, null);
        valuesBegun += leftInPage;
        if (valuesBegun > chunk.ValueCount)
        {
            throw Damaged($"has {valuesBegun} values where its footer says {chunk.ValueCount}");
        }
    }

    private InvalidDataException Damaged(string fault) => new($"column '{string.Join('.', leaf.Path)}' {fault}");

    private sealed class Levels(int capacity)
    {
        private byte[] repetition = new byte[capacity];
        private byte[] definition = new byte[capacity];

        public int Count { get; private set; }

        public byte[] Repetition => repetition;

        public byte[] Definition => definition;

        public void Add(byte repeated, byte defined)
        {
            if (Count == repetition.Length)
            {
                Array.Resize(ref repetition, Math.Max(16, Count * 2));
                Array.Resize(ref definition, repetition.Length);
            }

            (repetition[Count], definition[Count]) = (repeated, defined);
            Count++;
        }
    }
}
