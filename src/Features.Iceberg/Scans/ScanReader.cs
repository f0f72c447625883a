using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Scans;

/// <summary>Reads exactly the rows that a scan means: deletes and residual filters applied.</summary>
/// <param name="format">Reads data and delete files.</param>
/// <param name="storage">Where deletion vectors are read.</param>
public sealed class ScanReader(IDataFileFormat format, IObjectStore storage)
{
    private readonly DeleteReader reader = new(format, storage);
    private readonly DeleteCache keySets = new(DeleteReader.DefaultCacheBytes);

    /// <summary>The rows of a plan, file by file in the plan's order and within each in the file's, as batches of the projection's columns; none is empty. The consumer disposes each.</summary>
    /// <exception cref="NotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidFileException">A file is not what its manifest says.</exception>
    /// <exception cref="UnsupportedFeatureException">A file or a column cannot be read; the message names it.</exception>
    public async IAsyncEnumerable<RecordBatch> ReadAsync(ScanPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var task in plan.Tasks)
        {
            await foreach (var batch in ReadAsync(task, plan.Projection, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
    }

    /// <summary>The rows of one file of a plan; see <see cref="ReadAsync(ScanPlan, CancellationToken)"/>.</summary>
    public async IAsyncEnumerable<RecordBatch> ReadAsync(FileScanTask task, Schema projection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var selection = await RowsOfFile.PrepareAsync(task, projection, await reader.ReadAsync(task, cancellationToken).ConfigureAwait(false), KeysAsync).ConfigureAwait(false);
        await foreach (var batch in format.ReadAsync(task with { Deletes = [] }, selection.Columns, cancellationToken).ConfigureAwait(false))
        {
            if (selection.Apply(batch) is { } rows)
            {
                yield return rows;
            }
        }

        async Task<KeySet> KeysAsync(EqualityDeletes deletes)
        {
            var files = string.Join('\n', deletes.Files.Select(f => f.Location));
            return await keySets.GetAsync(files, () => Task.FromResult((KeySet.Of(deletes), 0L) is var (set, _) ? (set, set.Bytes) : default), cancellationToken).ConfigureAwait(false);
        }
    }
}
