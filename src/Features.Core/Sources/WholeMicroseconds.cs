using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Core.Sources;

/// <summary>
/// Tables hold microseconds, and many writers put microseconds into columns of nanoseconds (pandas does by default). Such a column is read as microseconds, once it is known that this loses nothing: every value
/// of it is looked at before its file is taken up.
/// </summary>
internal static class WholeMicroseconds
{
    private const long NanosPerMicro = 1_000;

    /// <summary>Looks at every value.</summary>
    /// <param name="format">Reads the file.</param>
    /// <param name="file">The file, described.</param>
    /// <param name="columns">Its columns as they stand in it.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SourceException">A value is finer than a microsecond.</exception>
    public static async Task CheckAsync(IDataFileFormat format, DataFile file, Schema columns, CancellationToken cancellationToken)
    {
        var fields = columns.Fields.Where(f => f.Type is PrimitiveType { Kind: PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs }).ToList();
        if (fields.Count == 0)
        {
            return;
        }

        var projection = new Schema(0, fields, []);
        var task = new FileScanTask(file, file.FilePath, PartitionSpec.Unpartitioned, columns, Filter.True, FolderMapping.Of(columns), 0, []);
        await foreach (var batch in format.ReadAsync(task, projection, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                for (var c = 0; c < fields.Count; c++)
                {
                    Check((TimestampArray)batch.Column(c), fields[c].Name, file.FilePath);
                }
            }
        }
    }

    private static void Check(TimestampArray values, string column, string location)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (values.GetValue(i) is { } value && value % NanosPerMicro != 0)
            {
                throw new SourceException(
                    "source-nanoseconds",
                    $"the column '{column}' of '{location}' has a moment finer than a microsecond ({value} ns since 1970), which would be cut; write the file with microseconds (pyarrow: coerce_timestamps='us')");
            }
        }
    }
}
