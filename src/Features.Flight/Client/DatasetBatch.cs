using Apache.Arrow;

namespace Features.Flight.Client;

/// <summary>Rows of one step of one rank; disposing it gives the columns' memory back.</summary>
/// <param name="Rows">The rows, whose i-th stands at position <paramref name="Position"/> + i of the epoch.</param>
/// <param name="Position">The first row's global position; at or past the data set's rows it is padding.</param>
/// <param name="Step">The step, from 0. A step larger than a message comes in several batches.</param>
public sealed record DatasetBatch(RecordBatch Rows, long Position, long Step) : IDisposable
{
    /// <summary>A numeric or boolean column as floats (false is 0, true is 1), a copy that outlives the batch.</summary>
    /// <param name="column">Its name.</param>
    /// <param name="missing">What stands for a missing value. Default NaN.</param>
    /// <exception cref="ArgumentException">The batch has no such column, or it is neither numeric nor boolean.</exception>
    public float[] Floats(string column, float missing = float.NaN)
    {
        var index = Rows.Schema.FieldsList.ToList().FindIndex(f => f.Name == column);
        if (index < 0)
        {
            throw new ArgumentException($"the batch has no column '{column}'; it has {string.Join(", ", Rows.Schema.FieldsList.Select(f => f.Name))}", nameof(column));
        }

        var array = Rows.Column(index);
        var floats = new float[array.Length];
        for (var row = 0; row < floats.Length; row++)
        {
            floats[row] = array.IsNull(row) ? missing : array switch
            {
                BooleanArray a => a.GetValue(row) == true ? 1 : 0,
                Int8Array a => a.Values[row],
                Int16Array a => a.Values[row],
                Int32Array a => a.Values[row],
                Int64Array a => a.Values[row],
                UInt8Array a => a.Values[row],
                UInt16Array a => a.Values[row],
                UInt32Array a => a.Values[row],
                UInt64Array a => a.Values[row],
                FloatArray a => a.Values[row],
                DoubleArray a => (float)a.Values[row],
                _ => throw new ArgumentException($"the column '{column}' holds {array.Data.DataType.Name}, not numbers; leave it out of the request", nameof(column)),
            };
        }

        return floats;
    }

    /// <inheritdoc/>
    public void Dispose() => Rows.Dispose();
}
