using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Scans;
using Features.Iceberg.Storage;

namespace Features.DuckDb.Scans;

/// <summary>How an engine reaches the files of tables.</summary>
/// <param name="schemas">The physical schemas of Parquet files.</param>
/// <param name="local">Data files on this machine.</param>
/// <param name="storage">Where deletion vectors are read.</param>
/// <param name="format">Reads delete files, and what sessions cannot read by SQL.</param>
internal sealed class TableFiles(ParquetSchemas schemas, ILocalFiles local, IObjectStore storage, IDataFileFormat format)
{
    /// <summary>A reader of the deletes of one scan.</summary>
    internal DeleteReader NewDeleteReader() => new(format, storage);

    /// <summary>A reader of live rows that does without SQL.</summary>
    internal ScanReader NewScanReader() => new(format, storage);

    /// <summary>The files of tasks on this machine, and the columns of each. The caller disposes the leases.</summary>
    internal async Task<(LeasedFiles Files, IReadOnlyList<IReadOnlyList<ParquetColumn>> Columns)> OpenAsync(IReadOnlyList<FileScanTask> tasks, CancellationToken cancellationToken)
    {
        var leased = await LeasedFiles.FetchAsync(local, tasks, cancellationToken).ConfigureAwait(false);
        try
        {
            return (leased, await schemas.ReadAsync(leased.Files, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            leased.Dispose();
            throw;
        }
    }
}
