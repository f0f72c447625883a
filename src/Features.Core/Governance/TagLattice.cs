namespace Features.Core.Governance;

/// <summary>
/// How tags of several origins become one. <c>sensitivity</c>: the highest of public, internal, confidential, restricted (an unknown word counts as higher than all).
/// <c>allowed_purposes</c>: those that all allow; an origin without the tag allows all. Any other: the union of the comma-separated values.
/// Associative, commutative and idempotent, so that the order in which lineage is walked does not matter.
/// </summary>
public static class TagLattice
{
    private static readonly string[] Sensitivities = ["public", "internal", "confidential", "restricted"];

    internal static IReadOnlyDictionary<string, string> Empty { get; } = new Dictionary<string, string>();

    /// <summary>The tags of something made from both.</summary>
    public static IReadOnlyDictionary<string, string> Join(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right)
    {
        var joined = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in left.Keys.Union(right.Keys))
        {
            joined[key] = (left.GetValueOrDefault(key), right.GetValueOrDefault(key)) switch
            {
                ({ } a, { } b) => JoinValue(key, a, b),
                (var a, var b) => JoinValue(key, (a ?? b)!, (a ?? b)!),
            };
        }

        return joined;
    }

    /// <summary>Inherited tags with those declared by hand: a declared value replaces the inherited one, but <c>sensitivity</c>, <c>pii</c> and <c>allowed_purposes</c> cannot be relaxed and are joined.</summary>
    public static IReadOnlyDictionary<string, string> Declare(IReadOnlyDictionary<string, string> inherited, IReadOnlyDictionary<string, string> declared)
    {
        var result = new SortedDictionary<string, string>(inherited.ToDictionary(), StringComparer.Ordinal);
        foreach (var (key, value) in declared)
        {
            result[key] = key is "sensitivity" or "pii" or "allowed_purposes" && inherited.TryGetValue(key, out var before) ? JoinValue(key, before, value) : value;
        }

        return result;
    }

    /// <summary>True if a sensitivity is this level or a higher one; an unknown word is higher than all.</summary>
    internal static bool IsAtLeast(string sensitivity, string level) => Rank(sensitivity) >= Rank(level);

    private static string JoinValue(string key, string left, string right) => key switch
    {
        "sensitivity" => (Rank(left), Rank(right)) switch
        {
            var (l, r) when l == r => string.CompareOrdinal(left, right) >= 0 ? left : right,
            var (l, r) => l > r ? left : right,
        },
        "allowed_purposes" => List(Split(left).Intersect(Split(right))),
        _ => List(Split(left).Union(Split(right))),
    };

    private static int Rank(string sensitivity) => Array.IndexOf(Sensitivities, sensitivity) is var rank and >= 0 ? rank : Sensitivities.Length;

    private static string[] Split(string value) => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string List(IEnumerable<string> values) => string.Join(",", values.Order(StringComparer.Ordinal));
}
