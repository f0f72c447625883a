using Parquet;
using Parquet.Meta;
using Parquet.Schema;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>
/// Reads the chunks of one row group through Parquet.Net as physical values. Its own interpretation (date-times of 100 ns, decimals of 28 digits, text as UTF-16, its reading of nested groups) would lose
/// what Iceberg keeps, so the annotations are taken off the file's schema, and each leaf is asked for by a field of our own that states its levels.
/// </summary>
internal sealed class RowGroupColumns(ParquetRowGroupReader group)
{
    private readonly Dictionary<FileNode, LeafData> read = [];

    public int RowCount { get; } = checked((int)group.RowCount);

    /// <summary>Makes a file's leaves physical; to be called once a file, before its row groups are read.</summary>
    public static Dictionary<FileNode, Annotation> StripAnnotations(FileMetaData metadata, IReadOnlyList<FileNode> nodes)
    {
        var annotations = new Dictionary<FileNode, Annotation>();
        foreach (var node in nodes.SelectMany(n => n.Flatten()).Where(n => n.IsLeaf))
        {
            var element = node.Element;
            annotations.Add(node, Annotation.Of(element));
            element.LogicalType = null;
            element.ConvertedType = null;
            if (element.Type == Parquet.Meta.Type.INT96)
            {
                element.Type = Parquet.Meta.Type.FIXED_LEN_BYTE_ARRAY;
                element.TypeLength = 12;
            }
        }

        foreach (var chunk in metadata.RowGroups.SelectMany(g => g.Columns))
        {
            if (chunk.MetaData is { } meta)
            {
                // Not needed, and decoding them can only fail.
                meta.Statistics = null;
            }
        }

        return annotations;
    }

    public async Task<LeafData> ReadAsync(FileNode leaf, CancellationToken cancellationToken)
    {
        if (!read.TryGetValue(leaf, out var data))
        {
            data = leaf.Element.Type switch
            {
                Parquet.Meta.Type.BOOLEAN => await ReadAsync<bool>(leaf, cancellationToken).ConfigureAwait(false),
                Parquet.Meta.Type.INT32 => await ReadAsync<int>(leaf, cancellationToken).ConfigureAwait(false),
                Parquet.Meta.Type.INT64 => await ReadAsync<long>(leaf, cancellationToken).ConfigureAwait(false),
                Parquet.Meta.Type.FLOAT => await ReadAsync<float>(leaf, cancellationToken).ConfigureAwait(false),
                Parquet.Meta.Type.DOUBLE => await ReadAsync<double>(leaf, cancellationToken).ConfigureAwait(false),
                _ => await ReadAsync<ReadOnlyMemory<byte>>(leaf, cancellationToken).ConfigureAwait(false),
            };
            read.Add(leaf, data);
        }

        return data;
    }

    private async Task<LeafData> ReadAsync<T>(FileNode leaf, CancellationToken cancellationToken)
        where T : struct
    {
        var field = new Leaf(leaf, typeof(T));
        var chunk = group.GetMetadata(field)?.MetaData ?? throw new InvalidDataException($"column '{string.Join('.', leaf.Path)}' has no data in a row group");
        var count = checked((int)chunk.NumValues);
        if (leaf.Repetition == 0 && count != RowCount)
        {
            throw new InvalidDataException($"column '{string.Join('.', leaf.Path)}' has {count} values where its row group has {RowCount} rows");
        }

        Refuse(leaf, chunk);
        var values = new T[count];
        var definition = leaf.Definition > 0 ? new int[count] : null;
        var repetition = leaf.Repetition > 0 ? new int[count] : null;
        if (count > 0)
        {
            await group.ReadRawAsync(field, values.AsMemory(), definition?.AsMemory(), repetition?.AsMemory(), cancellationToken).ConfigureAwait(false);
        }

        return new LeafData(values, count, definition, repetition);
    }

    // Parquet.Net 6.1 misreads run-length encoded booleans: it takes their length for data.
    private static void Refuse(FileNode leaf, ColumnMetaData chunk)
    {
        if (leaf.Element.Type == Parquet.Meta.Type.BOOLEAN && chunk.Encodings is { } encodings && encodings.Contains(Encoding.RLE) && !encodings.Contains(Encoding.PLAIN))
        {
            throw new NotSupportedException($"column '{string.Join('.', leaf.Path)}' has booleans in run-length encoding");
        }
    }

    private sealed class Leaf : DataField
    {
        public Leaf(FileNode node, System.Type type)
            : base(node.Name, type, isNullable: false, isArray: false)
        {
            // Parents give it its path, and the schema attaches it; both are only set from within the library.
            Field outermost = this;
            for (var i = node.Path.Count - 2; i >= 0; i--)
            {
                outermost = new StructField(node.Path[i], outermost);
            }

            _ = new ParquetSchema(outermost);
            MaxDefinitionLevel = node.Definition;
            MaxRepetitionLevel = node.Repetition;
        }
    }
}
