namespace Features.Core.PointInTime.Kernel;

/// <summary>Finds all rows that are equal in key and clocks.</summary>
internal static class TieScan
{
    public static void Find(SourceRows source, KeyGroups groups, TiedMoments ties, CancellationToken cancellationToken) =>
        KeyParts.ForEach(groups.Keys, () => new List<Moment>(), (key, moments) =>
        {
            moments.Clear();
            foreach (var row in groups[key])
            {
                moments.Add(new Moment(source.Events[row], source.AvailableOf(row), row));
            }

            moments.Sort();
            for (var i = 1; i < moments.Count; i++)
            {
                var (one, next) = (moments[i - 1], moments[i]);
                if (one.Event == next.Event && one.Available == next.Available && Math.Min(one.Row, next.Row) < source.Ordered)
                {
                    ties.Add(key, next.Event, next.Available);
                }
            }
        }, cancellationToken);
}
