namespace Features.Core.Definitions;

/// <summary>How a training set's rows are shared out: each row to one part, named in the set's column <c>_split</c>; decided by the row's values alone, so that it is the same each time.</summary>
/// <param name="By">By what.</param>
/// <param name="Parts">The parts, in order; the first is the one that transformations learn from, unless one is called <c>train</c>.</param>
public sealed record Split(SplitBy By, params IReadOnlyList<SplitPart> Parts)
{
    /// <summary>All rows of one key of the entities go to one part.</summary>
    public static Split ByKey(params ReadOnlySpan<(string Name, double Share)> parts) => new(SplitBy.Key, Shares(parts));

    /// <summary>All rows with the same values in these columns go to one part.</summary>
    public static Split ByGroup(IReadOnlyList<string> columns, params ReadOnlySpan<(string Name, double Share)> parts) => new(SplitBy.Group, Shares(parts)) { Columns = columns };

    /// <summary>Each part lies after the one before, and has this share of the rows.</summary>
    public static Split ByTime(params ReadOnlySpan<(string Name, double Share)> parts) => new(SplitBy.Time, Shares(parts));

    /// <summary>Each part lies after the one before and ends at its moment, exclusive; the last has none.</summary>
    public static Split ByTime(params ReadOnlySpan<(string Name, DateTimeOffset? Until)> parts)
    {
        var all = new List<SplitPart>();
        foreach (var (name, until) in parts)
        {
            all.Add(new SplitPart(name) { Until = until });
        }

        return new Split(SplitBy.Time, all);
    }

    private static List<SplitPart> Shares(ReadOnlySpan<(string Name, double Share)> parts)
    {
        var all = new List<SplitPart>();
        foreach (var (name, share) in parts)
        {
            all.Add(new SplitPart(name, share));
        }

        return all;
    }

    /// <summary>The column of the set that names the part; null in a row that belongs to none (within the gap, or purged because its label was known too late).</summary>
    public const string Column = "_split";

    /// <summary>The columns whose values are hashed (<see cref="SplitBy.Group"/>); empty for the entities' keys (<see cref="SplitBy.Key"/>) and for time.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Other seeds share out otherwise.</summary>
    public long Seed { get; init; }

    /// <summary>Rows this close after a boundary in time belong to no part; zero for none.</summary>
    public TimeSpan Gap { get; init; }
}

/// <summary>What decides a row's part.</summary>
public enum SplitBy
{
    /// <summary>A hash of the entities' keys: all rows of one key are in one part.</summary>
    Key,

    /// <summary>A hash of named columns: all rows of one group are in one part.</summary>
    Group,

    /// <summary>The row's timestamp: each part lies after the one before. A row whose label was known only after its part ended belongs to none.</summary>
    Time,
}

/// <summary>One part of a split.</summary>
/// <param name="Name">Its name, such as <c>train</c>.</param>
/// <param name="Share">Its share of the hashed keys, or of the rows by time; the shares add up to 1. Null where <see cref="Until"/> says it.</param>
public sealed record SplitPart(string Name, double? Share = null)
{
    /// <summary>For a split by time: where the part ends, exclusive; null for the last part, or where <see cref="Share"/> says it.</summary>
    public DateTimeOffset? Until { get; init; }
}
