using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Deletes;

/// <summary>Streams a position delete file into sets of positions by data file.</summary>
internal static class PositionDeleteFile
{
    private static readonly Schema Rows = new(0, [MetadataColumns.DeletedFilePath, MetadataColumns.DeletedPosition], []);

    /// <summary>The positions by path (<see cref="DeletedPath"/>); only those of <paramref name="wanted"/> if it is not null.</summary>
    /// <exception cref="InvalidFileException">It is no position delete file.</exception>
    public static async Task<Dictionary<string, DeletedPositions>> ReadAsync(IDataFileFormat format, PlannedDelete delete, string? wanted, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, DeletedPositions>();
        await foreach (var batch in format.ReadAsync(DeleteReader.TaskOf(delete, Rows), Rows, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                Add(found, batch, delete, wanted);
            }
        }

        return found;
    }

    private static void Add(Dictionary<string, DeletedPositions> found, RecordBatch batch, PlannedDelete delete, string? wanted)
    {
        var (paths, positions) = ((StringArray)batch.Column(0), (Int64Array)batch.Column(1));
        DeletedPositions? current = null;
        var last = -1;
        for (var row = 0; row < batch.Length; row++)
        {
            // Some writers leave rows that name nothing, and other engines read on.
            if (paths.IsNull(row) || positions.IsNull(row))
            {
                continue;
            }

            // Rows are sorted by path, so that nearly all repeat the one before.
            if (last < 0 || !paths.GetBytes(row).SequenceEqual(paths.GetBytes(last)))
            {
                current = SetOf(found, DeletedPath.Of(paths.GetString(row)), wanted);
                last = row;
            }

            if (current is not null && !current.TryAdd(positions.Values[row]))
            {
                throw new InvalidFileException(delete.Location, $"{positions.Values[row]} is no position of a row of '{paths.GetString(row)}'");
            }
        }
    }

    private static DeletedPositions? SetOf(Dictionary<string, DeletedPositions> found, string path, string? wanted)
    {
        if (wanted is not null && wanted != path)
        {
            return null;
        }

        if (!found.TryGetValue(path, out var set))
        {
            found.Add(path, set = new DeletedPositions());
        }

        return set;
    }
}
