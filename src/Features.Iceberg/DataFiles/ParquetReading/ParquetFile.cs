using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>A Parquet file opened for a task and a projection; the stream stays the opener's.</summary>
internal sealed class ParquetFile
{
    private readonly Stream stream;
    private readonly FileFooter footer;
    private readonly FileScanTask task;
    private readonly Schema projection;
    private readonly FileNode?[] nodes;
    private readonly ColumnSource[] sources;
    private readonly Dictionary<FileNode, int> wanted;
    private readonly RowGroupTest test;

    private ParquetFile(Stream stream, FileFooter footer, FileScanTask task, Schema projection)
    {
        (this.stream, this.footer, this.task, this.projection) = (stream, footer, task, projection);
        var roots = FileNode.Read(footer.Schema);
        NameMapping.Apply(roots, task.NameMapping, task.Schema, task.Location);
        nodes = [.. projection.Fields.Select(f => roots.FirstOrDefault(n => n.FieldId == f.Id))];
        sources = [.. projection.Fields.Select((f, i) => ColumnSource.Of(f, task, nodes[i] is not null))];
        var leaves = roots.SelectMany(r => r.Flatten()).Where(n => n.IsLeaf).ToList();
        var places = leaves.Index().ToDictionary(l => l.Item, l => l.Index);
        test = new RowGroupTest(BoundFilter.Bind(task.Residual, task.Schema), footer, leaves);
        wanted = projection.Fields
            .SelectMany((f, i) => sources[i].IsInFile ? ColumnAssembler.LeavesOf(f.Type, nodes[i]!) : [])
            .Distinct()
            .ToDictionary(l => l, l => places[l]);
        // Writers are careless with the counts of delete files, of which every row holds all the same.
        if (footer.RowCount != task.File.RecordCount && task.File.Content == FileContent.Data)
        {
            throw new InvalidDataException($"it has {footer.RowCount} rows where its manifest says {task.File.RecordCount}");
        }

        if (footer.RowGroups.FirstOrDefault(g => g.Chunks.Count != leaves.Count) is { } other)
        {
            throw new InvalidDataException($"a row group has {other.Chunks.Count} columns where its schema has {leaves.Count}");
        }
    }

    public static async Task<ParquetFile> OpenAsync(Stream stream, FileScanTask task, Schema projection, CancellationToken cancellationToken) =>
        new(stream, await FileFooter.ReadAsync(stream, cancellationToken).ConfigureAwait(false), task, projection);

    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var schema = ArrowSchema.From(projection);
        long first = 0;
        foreach (var group in footer.RowGroups.Where(g => g.RowCount > 0))
        {
            var row = first;
            first += group.RowCount;
            if (!test.MightMatch(group))
            {
                continue;
            }

            var reader = await RowGroupReader.OpenAsync(stream, group, wanted, cancellationToken).ConfigureAwait(false);
            while (reader.Next() is { } leaves)
            {
                yield return Assemble(schema, leaves, row);
                row += leaves.RowCount;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private RecordBatch Assemble(Apache.Arrow.Schema schema, BatchLeaves leaves, long firstRow)
    {
        var assembler = new ColumnAssembler(leaves);
        var arrays = new IArrowArray[sources.Length];
        for (var i = 0; i < arrays.Length; i++)
        {
            var (field, source) = (projection.Fields[i], sources[i]);
            var data = source.IsInFile ? assembler.Assemble(field, nodes[i]!)
                : source.AddsPosition ? RowNumbers.From((long)source.Otherwise! + firstRow, leaves.RowCount)
                : ConstantArray.Of(field.Type, source.Otherwise, leaves.RowCount, field.Name).Data;
            if (data.Length != leaves.RowCount)
            {
                throw new InvalidDataException($"column '{field.Name}' has {data.Length} rows where its row group has {leaves.RowCount}");
            }

            if (source is { IsInFile: true, Otherwise: long otherwise })
            {
                data = RowNumbers.FillNulls(data, otherwise + (source.AddsPosition ? firstRow : 0), source.AddsPosition ? 1 : 0);
            }

            arrays[i] = ArrowArrayFactory.BuildArray(data);
        }

        return new RecordBatch(schema, arrays, leaves.RowCount);
    }
}
