using System.Globalization;

namespace Features.Core.TrainingSets;

/// <summary>All that decides about a training set's rows: the definitions by their hashes, the tables at their snapshots, and the set's moment.</summary>
internal sealed record MadeOf(IReadOnlyDictionary<string, string> Definitions, IReadOnlyList<PinnedSource> Sources, DateTimeOffset? AsOf)
{
    /// <summary>True if a set that stands was made of the same. One of an earlier release has no moment, and no label that waits for one.</summary>
    public bool Is(TrainingSetManifest standing) =>
        standing.Definitions.Count == Definitions.Count && standing.Definitions.All(d => Definitions.GetValueOrDefault(d.Key) == d.Value)
        && standing.Sources.SequenceEqual(AsIn(standing)) && (standing.AsOf == AsOf || standing.Declared is null);

    /// <summary>What is different, for people.</summary>
    public string Difference(TrainingSetManifest standing)
    {
        var definitions = Definitions.Where(h => standing.Definitions.GetValueOrDefault(h.Key) != h.Value).Select(h => h.Key)
            .Concat(standing.Definitions.Keys.Except(Definitions.Keys)).ToList();
        var tables = AsIn(standing).Except(standing.Sources).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Table} at {s.Snapshot}{(standing.Sources.Any(t => t with { Schema = s.Schema } == s) ? $" with the schema {s.Schema}" : "")}")).ToList();
        string[] differences =
        [
            .. definitions.Count > 0 ? [$"by other versions of {string.Join(", ", definitions)}"] : System.Array.Empty<string>(),
            .. tables.Count > 0 ? [$"from other data than {string.Join(", ", tables)}"] : System.Array.Empty<string>(),
            .. definitions.Count + tables.Count == 0 ? [string.Create(CultureInfo.InvariantCulture, $"as of {standing.AsOf:u}")] : System.Array.Empty<string>(),
        ];
        return string.Join(" and ", differences);
    }

    /// <summary>The sources, without the schemas that a set of an earlier release does not say.</summary>
    private IEnumerable<PinnedSource> AsIn(TrainingSetManifest standing) =>
        Sources.Select(s => standing.Sources.Any(t => t.Table == s.Table && t.Schema is null) ? s with { Schema = null } : s);
}
