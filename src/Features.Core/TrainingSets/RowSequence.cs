using Apache.Arrow;

namespace Features.Core.TrainingSets;

/// <summary>Holds the column <c>_row</c> to its order, batch after batch: one by one where all rows are read, ascending where some are left out.</summary>
/// <param name="set">The set's name.</param>
/// <param name="first">The row that comes first; null where some are left out.</param>
internal sealed class RowSequence(string set, long? first)
{
    private long last = -1;

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <exception cref="TrainingSetException">A row is not where it belongs.</exception>
    public void Check(Int64Array column)
    {
        var numbers = column.Values;
        if (column.NullCount > 0)
        {
            throw Broken($"has a row without a number ('{PointInTime.JoinedRows.RowColumn}' is null)");
        }

        if (first is { } start)
        {
            for (var i = 0; i < numbers.Length; i++)
            {
                if (numbers[i] != start + Rows + i)
                {
                    throw Broken($"has row {numbers[i]} where row {start + Rows + i} belongs");
                }
            }
        }
        else
        {
            foreach (var number in numbers)
            {
                last = number > last ? number : throw Broken($"has row {number} after row {last}");
            }
        }

        Rows += numbers.Length;
    }

    private TrainingSetException Broken(string what) => new(TrainingSetJson.Broken, $"the training set '{set}' {what}; create it again with replace");
}
