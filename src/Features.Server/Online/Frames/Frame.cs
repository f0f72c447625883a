using Apache.Arrow;
using Features.Core.Online;

namespace Features.Server.Online.Frames;

/// <summary>Rows that came as columns of JSON, made into a batch of a table's types.</summary>
internal static class Frame
{
    private const int MostFaults = 20;

    /// <summary>The batch, with the columns that were sent in the schema's order. The caller disposes it.</summary>
    /// <param name="columns">What was sent.</param>
    /// <param name="schema">What the rows must be.</param>
    /// <param name="ofWhat">Whose columns these are, for messages: <c>table 'driver.stats'</c>.</param>
    /// <param name="ignored">Columns that may be sent and are left out.</param>
    /// <exception cref="OnlineFault">Something does not fit: everything that does not, by column and row, as far as it is worth reading.</exception>
    public static RecordBatch ToBatch(IReadOnlyDictionary<string, IReadOnlyList<FeatureValue>> columns, Schema schema, string ofWhat, IReadOnlyCollection<string>? ignored = null)
    {
        if (columns.Count == 0)
        {
            throw OnlineFault.Unfit("'df' has no columns; give those of " + ofWhat);
        }

        var faults = new List<string>();
        faults.AddRange(columns.Keys.Where(name => schema.GetFieldIndex(name) < 0 && ignored?.Contains(name) != true)
            .Select(name => $"{ofWhat} has no column '{name}'; it has {string.Join(", ", schema.FieldsList.Select(f => f.Name))}"));
        var (fields, arrays) = (new List<Field>(), new List<IArrowArray>());
        foreach (var field in schema.FieldsList)
        {
            if (columns.TryGetValue(field.Name, out var values))
            {
                fields.Add(field);
                arrays.Add(FrameColumn.ToArray(field, values, (row, problem) => faults.Add($"column '{field.Name}', row {row}: {problem}")));
            }
            else if (!field.IsNullable)
            {
                faults.Add($"column '{field.Name}' is missing, and {ofWhat} needs it in every row");
            }
        }

        if (faults.Count == 0)
        {
            return new RecordBatch(new Schema(fields, null), arrays, columns.First().Value.Count);
        }

        arrays.ForEach(a => a.Dispose());
        var more = faults.Count > MostFaults ? $"; and {faults.Count - MostFaults} more" : "";
        throw OnlineFault.Unfit($"the rows do not fit {ofWhat}, and none was taken: {string.Join("; ", faults.Take(MostFaults))}{more} (rows count from 0)");
    }
}
