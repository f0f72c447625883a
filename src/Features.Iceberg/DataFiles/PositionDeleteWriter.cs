using System.Runtime.InteropServices;
using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>Writes position delete files, one for each data file: its path again and again, its deleted positions ascending ("Position Delete Files").</summary>
internal sealed class PositionDeleteWriter(Table table, IDataFileFormat format)
{
    private const int RowsOfBatch = 1 << 16;

    private static readonly Schema Columns = new(0, [MetadataColumns.DeletedFilePath, MetadataColumns.DeletedPosition], []);

    // Whole bounds of the path are how readers tell which data file it is, if they do not know referenced_data_file.
    private readonly DataFileOptions options = DataFileOptions.Default with { Metrics = MetricsMode.Full };

    /// <summary>Writes the positions, ascending, of a data file's deleted rows; the file stands in the data file's partition.</summary>
    public async Task<DataFile> WriteAsync(DataFile dataFile, IEnumerable<long> positions, string filePrefix, CancellationToken cancellationToken)
    {
        var spec = table.Metadata.PartitionSpecs.First(s => s.SpecId == dataFile.SpecId);
        var folder = PartitionPath.Of(spec, table.Metadata.CurrentSchema, dataFile.Partition);
        var location = string.Join('/', new[] { table.DataFolder, folder, $"{filePrefix}-deletes-{Guid.NewGuid():N}.parquet" }.Where(p => p.Length > 0));
        var writer = await format.CreateAsync(location, Columns, options, cancellationToken).ConfigureAwait(false);
        await using var opened = writer.ConfigureAwait(false);
        foreach (var chunk in positions.Chunk(RowsOfBatch))
        {
            using var batch = new RecordBatch(ArrowSchema.From(Columns), [ConstantArray.Of(Columns.Fields[0].Type, dataFile.FilePath, chunk.Length, Columns.Fields[0].Name), Longs(chunk)], chunk.Length);
            await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }

        return await writer.CompleteAsync(cancellationToken).ConfigureAwait(false) with
        {
            Content = FileContent.PositionDeletes,
            SpecId = dataFile.SpecId,
            Partition = dataFile.Partition,
            ReferencedDataFile = dataFile.FilePath,
            // "Position delete files … must be sorted by file_path and pos", which no sort order of the table says.
            SortOrderId = null,
        };
    }

    private static Int64Array Longs(long[] values) => new(new ArrowBuffer(MemoryMarshal.AsBytes<long>(values).ToArray()), ArrowBuffer.Empty, values.Length, 0, 0);
}
