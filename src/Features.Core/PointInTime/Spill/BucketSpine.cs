namespace Features.Core.PointInTime.Spill;

/// <summary>The spine's rows whose keys are in one bucket.</summary>
/// <param name="Rows">Their numbers, ascending.</param>
/// <param name="Keys">Their places among <paramref name="Rows"/>, by the ids that keys have within the bucket.</param>
/// <param name="Moments">Their moments.</param>
/// <param name="HasMoment">Which have one; null if all do.</param>
internal sealed record BucketSpine(int[] Rows, KeyGroups Keys, long[] Moments, bool[]? HasMoment)
{
    public static BucketSpine Of(SpineIndex spine, SpineKeys keys, int bucket, int count)
    {
        var (rows, local) = (new List<int>(), new List<int>());
        for (var row = 0; row < keys.Ids.Length; row++)
        {
            if (keys.Ids[row] is >= 0 and var id && id % count == bucket)
            {
                rows.Add(row);
                local.Add(id / count);
            }
        }

        var moments = new long[rows.Count];
        var has = spine.HasMoment is null ? null : new bool[rows.Count];
        for (var i = 0; i < moments.Length; i++)
        {
            moments[i] = spine.Moments[rows[i]];
            if (has is not null)
            {
                has[i] = spine.HasMoment![rows[i]];
            }
        }

        var groups = new KeyGroups((keys.Reader.Count + count - 1) / count, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(local));
        return new BucketSpine([.. rows], groups, moments, has);
    }
}
