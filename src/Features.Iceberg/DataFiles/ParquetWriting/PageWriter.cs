using System.Buffers;
using System.IO.Hashing;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>Writes column chunks as packed pages: a dictionary page where the values repeat, and a data page (v1).</summary>
internal sealed class PageWriter(Stream output, PageCodec codec) : IDisposable
{
    private const int DataPage = 0, DictionaryPage = 2, Plain = 0, Rle = 3, RleDictionary = 8;

    /// <summary>Bytes written so far; the stream need not tell.</summary>
    public long Position { get; private set; }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        Position += bytes.Length;
    }

    public async Task<ColumnChunk> WriteAsync(LeafColumn leaf, CancellationToken cancellationToken)
    {
        var start = Position;
        long uncompressed = 0;
        long? dictionaryOffset = null;
        if (leaf.Dictionary is { } dictionary)
        {
            dictionaryOffset = Position;
            uncompressed += await WritePageAsync(dictionary.Plain.ToArray(), DictionaryPage, dictionary.Count, Plain, cancellationToken).ConfigureAwait(false);
        }

        var dataOffset = Position;
        uncompressed += await WritePageAsync(DataPageOf(leaf), DataPage, leaf.ValueCount, dictionaryOffset is null ? Plain : RleDictionary, cancellationToken).ConfigureAwait(false);
        var (min, max) = leaf.Bounds;
        return new ColumnChunk(leaf.Node, leaf.Physical, leaf.ValueCount, leaf.NullCount, min, max, dictionaryOffset, dataOffset, Position - start, uncompressed);
    }

    public void Dispose() => codec.Dispose();

    private static ReadOnlyMemory<byte> DataPageOf(LeafColumn leaf)
    {
        var page = new ArrayBufferWriter<byte>();
        if (leaf.Node.RepetitionLevel > 0)
        {
            LevelEncoding.WriteLevels(leaf.RepetitionLevels, leaf.Node.RepetitionLevel, page);
        }

        if (leaf.Node.DefinitionLevel > 0)
        {
            LevelEncoding.WriteLevels(leaf.DefinitionLevels, leaf.Node.DefinitionLevel, page);
        }

        leaf.WriteValues(page);
        return page.WrittenMemory;
    }

    /// <summary>Returns the page's uncompressed bytes, header included.</summary>
    private async Task<long> WritePageAsync(ReadOnlyMemory<byte> content, int kind, int valueCount, int encoding, CancellationToken cancellationToken)
    {
        var compressed = codec.Pack(content);
        var header = new ThriftWriter();
        header.Struct(() =>
        {
            header.Field(1, kind);
            header.Field(2, content.Length);
            header.Field(3, compressed.Length);
            header.Field(4, unchecked((int)Crc32.HashToUInt32(compressed.Span)));
            header.Struct(kind == DataPage ? 5 : 7, () =>
            {
                header.Field(1, valueCount);
                header.Field(2, encoding);
                if (kind == DataPage)
                {
                    header.Field(3, Rle);
                    header.Field(4, Rle);
                }
            });
        });
        await WriteAsync(header.Written, cancellationToken).ConfigureAwait(false);
        await WriteAsync(compressed, cancellationToken).ConfigureAwait(false);
        return header.Written.Length + content.Length;
    }
}
