using System.Buffers.Binary;
using Parquet;
using Parquet.Meta;

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
        return await ReadAsync(footer, cancellationToken).ConfigureAwait(false);
    }

    public static async Task<FileFooter> ReadAsync(ReadOnlyMemory<byte> footer, CancellationToken cancellationToken)
    {
        // A file of nothing but a footer: what else there is in this one is not for Parquet.Net to see.
        var alone = new MemoryStream();
        alone.Write(Magic);
        alone.Write(FooterStructure.Sound(footer.Span));
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, (int)alone.Length - Magic.Length);
        alone.Write(length);
        alone.Write(Magic);
        alone.Position = 0;
        try
        {
            var reader = await ParquetReader.CreateAsync(alone, cancellationToken: cancellationToken).ConfigureAwait(false);
            await using var reading = reader.ConfigureAwait(false);
            return reader.Metadata is { Schema.Count: > 0, RowGroups: not null } metadata ? Of(metadata) : throw new InvalidDataException("its footer has no schema, or no list of row groups");
        }
#pragma warning disable CA1031 // Parquet.Net answers a footer that lacks something with whatever exception it ran into.
        catch (Exception fault) when (fault is not (OperationCanceledException or InvalidDataException or NotSupportedException))
#pragma warning restore CA1031
        {
            throw new InvalidDataException($"its footer is damaged: {fault.Message}", fault);
        }
    }

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    private static FileFooter Of(FileMetaData footer)
    {
        if (footer.EncryptionAlgorithm is not null)
        {
            throw new NotSupportedException("Parquet encryption");
        }

        FileRowGroup[] groups = [.. footer.RowGroups.Select(FileRowGroup.Of)];
        if (groups.Any(g => g.RowCount < 0))
        {
            throw new InvalidDataException("a row group has less than no rows");
        }

        return new FileFooter([.. footer.Schema.Select(SchemaElement.Of)], groups.Sum(g => g.RowCount), groups, [.. footer.ColumnOrders?.Select(o => o.TYPEORDER is not null) ?? []]);
    }
}
