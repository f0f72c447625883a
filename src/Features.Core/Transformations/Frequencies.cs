using System.Runtime.InteropServices;

namespace Features.Core.Transformations;

/// <summary>How often each value occurs, exactly, up to a number of values.</summary>
/// <param name="bound">The most values that are told apart.</param>
internal sealed class Frequencies(int bound = Frequencies.DefaultBound)
{
    public const int DefaultBound = 1_000_000;

    private readonly Dictionary<ValueKey, long> counts = [];

    /// <summary>Occurrences of all values.</summary>
    public long Count { get; private set; }

    /// <summary>Values.</summary>
    public int Distinct => counts.Count;

    /// <summary>Counts a value; false if it is one more than can be told apart, and then it is not counted.</summary>
    public bool TryAdd(ValueKey key)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out var stood);
        if (!stood && counts.Count > bound)
        {
            counts.Remove(key);
            return false;
        }

        count++;
        Count++;
        return true;
    }

    /// <summary>The most frequent values, equally frequent ones in ascending order.</summary>
    public IReadOnlyList<KeyValuePair<ValueKey, long>> Top(int most) => [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key).Take(most)];
}
