using System.Globalization;
using Features.Iceberg.DataFiles.ParquetReading;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>Describes Parquet files that something else wrote, by what their footers say.</summary>
public static class ParquetDescription
{
    /// <summary>
    /// The file for a manifest: size, rows, split offsets, and the metrics that <paramref name="options"/> ask for as far as the footer tells them for every row group, by the field ids that stand in the file.
    /// Partition, spec and sort order are left for the caller. NaNs are counted only where the footer counts them.
    /// </summary>
    /// <param name="file">The whole file, seekable; it stays the caller's.</param>
    /// <param name="location">The location that the manifest will name.</param>
    /// <param name="schema">The columns by id; leaves of other ids are passed over.</param>
    /// <param name="options">Which metrics are kept.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="InvalidFileException">It is no Parquet file, or its footer is damaged.</exception>
    /// <exception cref="UnsupportedFeatureException">It is encrypted.</exception>
    public static Task<DataFile> ReadAsync(Stream file, string location, Schema schema, DataFileOptions options, CancellationToken cancellationToken) =>
        GuardAsync(location, async () => Describe(file, location, schema, options, await FileFooter.ReadAsync(file, cancellationToken).ConfigureAwait(false), n => n));

    /// <summary>The same of a file without field ids: its columns are matched by a name mapping, as readers of the table match them. Ids that stand in the file count before the mapping.</summary>
    /// <inheritdoc cref="ReadAsync(Stream, string, Schema, DataFileOptions, CancellationToken)"/>
    public static Task<DataFile> ReadAsync(Stream file, string location, Schema schema, DataFileOptions options, string nameMapping, CancellationToken cancellationToken) =>
        GuardAsync(location, async () => Describe(file, location, schema, options, await FileFooter.ReadAsync(file, cancellationToken).ConfigureAwait(false), nodes =>
        {
            NameMapping.Apply(nodes, nameMapping, schema, location);
            return nodes;
        }));

    /// <summary>The columns of a file that something else wrote, as a table would hold them: all optional, with the ids that stand in the file, or else ids of their own. Columns of types that no table has (unsigned 64-bit integers, intervals) are left out.</summary>
    /// <param name="file">The whole file, seekable; it stays the caller's.</param>
    /// <param name="location">What errors call it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="InvalidFileException">It is no Parquet file, or its footer is damaged.</exception>
    /// <exception cref="UnsupportedFeatureException">It is encrypted.</exception>
    public static Task<ParquetColumns> ReadColumnsAsync(Stream file, string location, CancellationToken cancellationToken) => GuardAsync(location, async () =>
    {
        var footer = await FileFooter.ReadAsync(file, cancellationToken).ConfigureAwait(false);
        var nodes = FileNode.Read(footer.Schema);
        var ids = nodes.SelectMany(n => n.Flatten()).Select(n => n.FieldId).OfType<int>().ToList();
        var last = ids.Append(0).Max();
        var fields = new List<NestedField>();
        foreach (var node in nodes)
        {
            if (InferredType.Field(node, ref last) is { } field)
            {
                fields.Add(field);
            }
        }

        return new ParquetColumns(new Schema(0, fields, []), ids.Count > 0);
    });

    private static DataFile Describe(Stream file, string location, Schema schema, DataFileOptions options, FileFooter footer, Func<IReadOnlyList<FileNode>, IReadOnlyList<FileNode>> mapped)
    {
        var described = new DataFile
        {
            FilePath = location,
            FileFormat = "PARQUET",
            Partition = [],
            RecordCount = footer.RowCount,
            FileSizeInBytes = file.Length,
            SplitOffsets = [.. footer.RowGroups.Where(g => g.Chunks.Count > 0).Select(g => g.Chunks[0].Start)],
        };
        return WithMetrics(described, footer, mapped(FileNode.Read(footer.Schema)), schema, options);
    }

    private static async Task<T> GuardAsync<T>(string location, Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (NotSupportedException fault)
        {
            throw new UnsupportedFeatureException(fault.Message, location, "rewrite the file with another writer");
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidFileException(location, fault.Message, fault);
        }
    }

    private static DataFile WithMetrics(DataFile file, FileFooter footer, IReadOnlyList<FileNode> nodes, Schema schema, DataFileOptions options)
    {
        var columns = Leaves(schema.Fields, "").Select((l, i) => (l.Id, l.Type, Mode: options.MetricsOf(l.Name, i))).ToDictionary(l => l.Id);
        Dictionary<int, long> sizes = [], values = [], nulls = [];
        Dictionary<int, byte[]> lower = [], upper = [];
        var leaves = nodes.SelectMany(n => n.Flatten()).Where(n => n.IsLeaf).ToList();
        for (var i = 0; i < leaves.Count; i++)
        {
            if (leaves[i].FieldId is not { } id || !columns.TryGetValue(id, out var column) || !column.Mode.Counts)
            {
                continue;
            }

            var index = i;
            var chunks = footer.RowGroups.Where(g => g.Chunks.Count == leaves.Count).Select(g => g.Chunks[index]).ToList();
            if (chunks.Count < footer.RowGroups.Count)
            {
                continue;
            }

            sizes[id] = chunks.Sum(c => c.CompressedBytes);
            values[id] = chunks.Sum(c => c.ValueCount);
            AddIfKnown(nulls, id, chunks, s => s.NullCount);

            // Bounds of repeated values are of no use to pruning, and no engine writes them.
            var hasOrder = footer.OrderedLeaves.Count == leaves.Count && footer.OrderedLeaves[index];
            if (column.Mode.Bounds && leaves[i].Repetition == 0 && hasOrder && Bounds(chunks, leaves[i], column.Type) is var (min, max))
            {
                lower[id] = SingleValue.ToBinary(column.Mode.Length is { } width ? SingleValue.TruncateLower(min, column.Type, width) : min, column.Type);
                if ((column.Mode.Length is { } length ? SingleValue.TruncateUpper(max, column.Type, length) : max) is { } bound)
                {
                    upper[id] = SingleValue.ToBinary(bound, column.Type);
                }
            }
        }

        return file with { ColumnSizes = sizes, ValueCounts = values, NullValueCounts = nulls, LowerBounds = lower, UpperBounds = upper };
    }

    private static void AddIfKnown(Dictionary<int, long> counts, int id, List<FileChunk> chunks, Func<ChunkStatistics, long?> count)
    {
        var known = chunks.Select(c => c.Statistics is { } statistics ? count(statistics) : null).ToList();
        if (known.TrueForAll(k => k is not null))
        {
            counts[id] = known.Sum(k => k!.Value);
        }
    }

    /// <summary>The least and the greatest value of all chunks; null unless every chunk with values tells its own.</summary>
    private static (object Min, object Max)? Bounds(List<FileChunk> chunks, FileNode leaf, PrimitiveType type)
    {
        (object Min, object Max)? bounds = null;
        foreach (var chunk in chunks.Where(c => c.Statistics?.NullCount != c.ValueCount))
        {
            if (StatisticValue.Of(chunk.Statistics?.Min, leaf, type) is not { } min || StatisticValue.Of(chunk.Statistics?.Max, leaf, type) is not { } max)
            {
                return null;
            }

            // Writers do not agree on the order of zeros, and say so ("Statistics" of the Parquet format).
            (min, max) = (min switch { 0.0 => -0.0, 0.0f => -0.0f, _ => min }, max switch { 0.0 => 0.0, 0.0f => 0.0f, _ => max });
            bounds = bounds is not var (least, greatest) ? (min, max)
                : (SingleValue.Compare(min, least, type) < 0 ? min : least, SingleValue.Compare(max, greatest, type) > 0 ? max : greatest);
        }

        return bounds;
    }

    private static IEnumerable<(int Id, string Name, PrimitiveType Type)> Leaves(IEnumerable<NestedField> fields, string prefix) => fields.SelectMany(f => f.Type switch
    {
        PrimitiveType p => [(f.Id, prefix + f.Name, p)],
        StructType s => Leaves(s.Fields, string.Create(CultureInfo.InvariantCulture, $"{prefix}{f.Name}.")),
        ListType l => Leaves([new(l.ElementId, "element", l.Element, l.ElementRequired)], $"{prefix}{f.Name}."),
        MapType m => Leaves([new(m.KeyId, "key", m.Key, true), new(m.ValueId, "value", m.Value, m.ValueRequired)], $"{prefix}{f.Name}."),
        _ => [],
    });
}
