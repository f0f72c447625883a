using System.Collections.Immutable;
using Apache.Arrow;
using Features.Core.Definitions;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// Counts what rows hold as they stream by, in bounded memory (at most about 1 MB a column, most take less). Up to <see cref="ExactValues"/> different values of a column every figure is exact;
/// beyond that the distinct count, the quantiles and the top values are estimates that say how far they are off. Not for several threads at once.
/// </summary>
public sealed class StatisticsAccumulator
{
    /// <summary>So many different values of a column are counted exactly.</summary>
    public const int ExactValues = 4096;

    /// <summary>Beyond so many parts, a column of parts is no split.</summary>
    private const int MaxParts = 64;

    private readonly Schema schema;
    private readonly ColumnAccumulator[] columns;
    private readonly int part;
    private readonly int[] byPart;
    private readonly SortedDictionary<string, PartAccumulator> parts = new(StringComparer.Ordinal);
    private readonly PartAccumulator unassigned;
    private bool isSplit;
    private int[] every = [];

    /// <summary>Counts rows of a schema.</summary>
    /// <param name="schema">The rows' columns, of any types.</param>
    /// <param name="partColumn">The text column that names each row's part of a split; null, or a column that there is not, for no split.</param>
    /// <param name="columnsByPart">The columns that are counted within each part as well, such as the label and the time; those that there are not are passed over.</param>
    public StatisticsAccumulator(Schema schema, string? partColumn = null, params IReadOnlyList<string> columnsByPart)
    {
        this.schema = schema;
        columns = [.. schema.FieldsList.Select(ColumnAccumulator.Of)];
        part = partColumn is null ? -1 : IndexOf(partColumn);
        isSplit = part >= 0 && schema.FieldsList[part].DataType is Apache.Arrow.Types.StringType;
        byPart = [.. columnsByPart.Select(IndexOf).Where(i => i >= 0).Distinct()];
        unassigned = NewPart();
    }

    /// <summary>Rows counted.</summary>
    public long Rows { get; private set; }

    /// <summary>Counts the rows of a training set: its split by <see cref="Split.Column"/>, with the label and the time within each part.</summary>
    /// <param name="schema">The rows' columns.</param>
    /// <param name="columns">What each is for, as the manifest says.</param>
    public static StatisticsAccumulator Of(Schema schema, IReadOnlyList<TrainingColumn> columns) =>
        new(schema, Split.Column, [.. columns.Where(c => c.Role is "label" or "time").Select(c => c.Name)]);

    /// <summary>Counts a batch; it stays the caller's.</summary>
    /// <exception cref="ArgumentException">The batch has other columns than the schema.</exception>
    public void Append(RecordBatch batch)
    {
        if (batch.ColumnCount != columns.Length)
        {
            throw new ArgumentException($"the batch has {batch.ColumnCount} columns where {columns.Length} are counted", nameof(batch));
        }

        if (every.Length < batch.Length)
        {
            every = [.. Enumerable.Range(0, batch.Length)];
        }

        for (var i = 0; i < columns.Length; i++)
        {
            columns[i].Append(batch.Column(i), every.AsSpan(0, batch.Length));
        }

        if (isSplit)
        {
            AppendByPart(batch);
        }

        Rows += batch.Length;
    }

    /// <summary>What was counted so far.</summary>
    public TrainingSetStatistics Finish()
    {
        IEnumerable<PartStatistics> all = isSplit ? parts.Select(p => p.Value.Finish(p.Key)).Concat(unassigned.Rows > 0 ? [unassigned.Finish(null)] : []) : [];
        return new TrainingSetStatistics(Rows, [.. columns.Select(c => c.Finish())], [.. all]);
    }

    private void AppendByPart(RecordBatch batch)
    {
        var names = (StringArray)batch.Column(part);
        var rowsOf = new Dictionary<PartAccumulator, List<int>>();
        for (var row = 0; row < names.Length; row++)
        {
            if (PartOf(names.GetString(row)) is not { } known)
            {
                isSplit = false;
                return;
            }

            (rowsOf.TryGetValue(known, out var rows) ? rows : rowsOf[known] = []).Add(row);
        }

        foreach (var (known, rows) in rowsOf)
        {
            known.Rows += rows.Count;
            for (var i = 0; i < byPart.Length; i++)
            {
                known.Columns[i].Append(batch.Column(byPart[i]), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows));
            }
        }
    }

    private PartAccumulator? PartOf(string? name)
    {
        if (name is null)
        {
            return unassigned;
        }

        if (!parts.TryGetValue(name, out var known) && parts.Count < MaxParts)
        {
            parts.Add(name, known = NewPart());
        }

        return known;
    }

    private PartAccumulator NewPart() => new([.. byPart.Select(i => ColumnAccumulator.Of(schema.FieldsList[i]))]);

    // Names are compared as they are written; a schema's own look-up fails on a missing one.
    private int IndexOf(string name) => schema.FieldsList.ToList().FindIndex(f => f.Name == name);

    private sealed class PartAccumulator(ImmutableArray<ColumnAccumulator> columns)
    {
        public ImmutableArray<ColumnAccumulator> Columns => columns;

        public long Rows { get; set; }

        public PartStatistics Finish(string? name) => new(name, Rows, [.. columns.Select(c => c.Finish())]);
    }
}
