namespace Features.Core.PointInTime.Kernel;

/// <summary>Keys and clocks that more than one row has, where it shows which of them is the later. Threads may add at once.</summary>
internal sealed class TiedMoments
{
    private readonly HashSet<(int Key, long Event, long Available)> moments = [];

    public int Count => moments.Count;

    public void Add(int key, long happened, long known)
    {
        lock (moments)
        {
            moments.Add((key, happened, known));
        }
    }

    /// <summary>Adds those of others, by what their keys are called here; null leaves one out.</summary>
    public void AddAll(TiedMoments others, Func<int, int?> keyOf)
    {
        foreach (var (key, happened, known) in others.moments)
        {
            if (keyOf(key) is { } here)
            {
                Add(here, happened, known);
            }
        }
    }

    public bool Contains(int key, long happened, long known) => moments.Contains((key, happened, known));

    /// <summary>The clocks, each pair once.</summary>
    public IEnumerable<(long Event, long Available)> Clocks => moments.Select(m => (m.Event, m.Available)).Distinct();
}
