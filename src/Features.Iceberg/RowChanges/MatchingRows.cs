using Apache.Arrow;
using Features.Iceberg.Deletes;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.RowChanges;

/// <summary>Finds the rows of a filter, file by file. Files that by their metrics match wholly are not opened, unless deletes are to be counted out.</summary>
internal static class MatchingRows
{
    private static readonly Schema PositionOnly = new(0, [MetadataColumns.Position], []);

    /// <summary>The files with matching rows.</summary>
    public static async Task<IReadOnlyList<FileMatches>> FindAsync(RowOperation operation, Filter filter, CancellationToken cancellationToken)
    {
        var found = new List<FileMatches>();
        foreach (var task in await operation.PlanAsync(filter, cancellationToken).ConfigureAwait(false))
        {
            var isWhole = task.Residual is Filter.All;
            if (isWhole && task.Deletes.Count == 0)
            {
                found.Add(new FileMatches(task, null, task.File.RecordCount));
                continue;
            }

            var positions = new DeletedPositions();
            await foreach (var batch in operation.Reader.ReadAsync(task, PositionOnly, cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    foreach (var position in ((Int64Array)batch.Column(0)).Values)
                    {
                        positions.TryAdd(position);
                    }
                }
            }

            var count = positions.Count;
            if (count > 0 || isWhole)
            {
                found.Add(new FileMatches(task, isWhole || count == task.File.RecordCount ? null : positions, count));
            }
        }

        return found;
    }
}
