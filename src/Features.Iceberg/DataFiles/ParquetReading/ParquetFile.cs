using Apache.Arrow;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Parquet;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>A Parquet file opened for a task and a projection.</summary>
internal sealed class ParquetFile : IAsyncDisposable
{
    private readonly ParquetReader reader;
    private readonly IReadOnlyList<FileNode> nodes;
    private readonly Dictionary<FileNode, Annotation> annotations;
    private readonly FileScanTask task;
    private readonly Schema projection;
    private readonly long[] firstRows;

    private ParquetFile(ParquetReader reader, FileScanTask task, Schema projection)
    {
        this.reader = reader;
        this.task = task;
        this.projection = projection;
        var metadata = reader.Metadata ?? throw new InvalidDataException("it has no footer");
        nodes = FileNode.Read(metadata.Schema);
        annotations = RowGroupColumns.StripAnnotations(metadata, nodes);
        NameMapping.Apply(nodes, task.NameMapping, task.Schema, task.Location);
        firstRows = new long[metadata.RowGroups.Count];
        long rows = 0;
        for (var i = 0; i < firstRows.Length; i++)
        {
            firstRows[i] = rows;
            rows += metadata.RowGroups[i].NumRows;
        }

        if (rows != task.File.RecordCount)
        {
            throw new InvalidDataException($"it has {rows} rows where its manifest says {task.File.RecordCount}");
        }
    }

    public int RowGroupCount => reader.RowGroupCount;

    public static async Task<ParquetFile> OpenAsync(Stream stream, FileScanTask task, Schema projection, CancellationToken cancellationToken)
    {
        await RefuseEncryptionAsync(stream, cancellationToken).ConfigureAwait(false);
        await FooterStructure.CheckAsync(stream, cancellationToken).ConfigureAwait(false);
        var reader = await ParquetReader.CreateAsync(stream, new ParquetOptions { TreatBigIntegersAsDates = false }, leaveStreamOpen: true, cancellationToken).ConfigureAwait(false);
        try
        {
            return new ParquetFile(reader, task, projection);
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<RecordBatch> ReadRowGroupAsync(int index, CancellationToken cancellationToken)
    {
        var columns = new RowGroupColumns(reader.OpenRowGroupReader(index));
        var assembler = new ColumnAssembler(columns, annotations);
        var arrays = new List<IArrowArray>();
        foreach (var field in projection.Fields)
        {
            var node = nodes.FirstOrDefault(n => n.FieldId == field.Id);
            var source = ColumnSource.Of(field, task, node is not null);
            var data = source.IsInFile ? await assembler.AssembleAsync(field, node!, cancellationToken).ConfigureAwait(false)
                : source.AddsPosition ? RowNumbers.From((long)source.Otherwise! + firstRows[index], columns.RowCount)
                : ConstantArray.Of(field.Type, source.Otherwise, columns.RowCount, field.Name).Data;
            if (data.Length != columns.RowCount)
            {
                throw new InvalidDataException($"column '{field.Name}' has {data.Length} rows where its row group has {columns.RowCount}");
            }

            if (source is { IsInFile: true, Otherwise: long otherwise })
            {
                data = RowNumbers.FillNulls(data, otherwise + (source.AddsPosition ? firstRows[index] : 0), source.AddsPosition ? 1 : 0);
            }

            arrays.Add(ArrowArrayFactory.BuildArray(data));
        }

        return new RecordBatch(ArrowSchema.From(projection), arrays, columns.RowCount);
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();

    private static async Task RefuseEncryptionAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (stream.Length < 12)
        {
            throw new InvalidDataException($"a Parquet file has at least 12 bytes, this one {stream.Length}");
        }

        var magic = new byte[4];
        stream.Seek(-4, SeekOrigin.End);
        await stream.ReadExactlyAsync(magic, cancellationToken).ConfigureAwait(false);
        if (magic.AsSpan().SequenceEqual("PARE"u8))
        {
            throw new NotSupportedException("Parquet encryption");
        }
    }
}
