using System.Globalization;

namespace Features.Core.Skew;

/// <summary>Rows of answers that one join can replay: the same features, at the same snapshots, of a spine with the same columns.</summary>
internal sealed class Replay(IReadOnlyDictionary<string, long> snapshots, IReadOnlyDictionary<string, string> columns, IReadOnlyList<FeatureUse> uses)
{
    private readonly List<(LoggedAnswer Answer, IReadOnlyList<ReplayedFeature> Features)> answers = [];

    public IReadOnlyDictionary<string, long> Snapshots { get; } = snapshots;

    /// <summary>The spine's columns and their declared types.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; } = columns;

    public IReadOnlyList<FeatureUse> Uses { get; } = uses;

    /// <summary>The answers, each with its features in the order of <see cref="Uses"/>.</summary>
    public IReadOnlyList<(LoggedAnswer Answer, IReadOnlyList<ReplayedFeature> Features)> Answers => answers;

    /// <summary>Values that wait in it.</summary>
    public long ValueCount { get; private set; }

    public void Add(LoggedAnswer answer, IReadOnlyList<ReplayedFeature> features)
    {
        answers.Add((answer, features));
        ValueCount += answer.ValueCount;
    }

    /// <summary>What two parts have in common that one join can replay.</summary>
    public static string KeyOf(ReplayPart part) => string.Join(
        '\n',
        part.Features.Select(f => f.Use.Reference)
            .Concat(part.Snapshots.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}@{s.Value}"))));
}

/// <summary>Features of one answer that one join can replay.</summary>
internal sealed class ReplayPart
{
    public List<ReplayedFeature> Features { get; } = [];

    public Dictionary<string, long> Snapshots { get; } = [];

    public Dictionary<string, string> Columns { get; } = [];

    /// <summary>Takes a feature, unless it needs a table at another snapshot, or a column of another type, than the others do.</summary>
    public bool TryAdd(ReplayedFeature feature, IReadOnlyDictionary<string, long> snapshots)
    {
        if (snapshots.Any(s => Snapshots.GetValueOrDefault(s.Key, s.Value) != s.Value) || feature.Use.Columns.Any(c => Columns.GetValueOrDefault(c.Key, c.Value) != c.Value))
        {
            return false;
        }

        Features.Add(feature);
        foreach (var (table, snapshot) in snapshots)
        {
            Snapshots[table] = snapshot;
        }

        foreach (var (column, type) in feature.Use.Columns)
        {
            Columns[column] = type;
        }

        return true;
    }
}
