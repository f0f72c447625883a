namespace Features.Ordering;

/// <summary>
/// One lane of a grouped order in one epoch: its samples are contiguous, its blocks stand in a permuted run, and the run is cut into
/// groups. The lane's short block stands wherever the permutation puts it, so that no sample is always among an epoch's last.
/// </summary>
internal readonly struct LaneRun
{
    private readonly ulong key;
    private readonly ulong epoch;
    private readonly ulong start;
    private readonly ulong block;
    private readonly ulong groupBlocks;
    private readonly ulong blockCount;
    private readonly Feistel blocks;

    // What the short block lacks, and where it stands in the run.
    private readonly ulong lack;
    private readonly ulong shortSlot;

    public LaneRun(ulong rows, Grouping grouping, ulong seed, ulong epoch, ulong lane)
    {
        var (share, extra) = Math.DivRem(rows, (ulong)grouping.Lanes);
        start = (lane * share) + Math.Min(lane, extra);
        var length = share + (lane < extra ? 1UL : 0);

        this.epoch = epoch;
        key = Feistel.Derive(seed, lane);
        block = (ulong)grouping.Block;
        blockCount = (length + block - 1) / block;
        groupBlocks = Math.Min((ulong)grouping.GroupBlocks, blockCount);
        blocks = new Feistel(blockCount, Feistel.Derive(key, 0), epoch);
        lack = (blockCount * block) - length;
        shortSlot = blocks.PositionOf(blockCount - 1);
    }

    private ulong FullGroup => groupBlocks * block;

    private ulong ShortGroup => shortSlot / groupBlocks;

    /// <summary>Writes the samples at the lane's indexes from <paramref name="index"/> on, each <paramref name="stride"/> after the one before it.</summary>
    public void Fill(ulong index, Span<long> samples, int stride)
    {
        Span<long> run = stackalloc long[256];
        var at = 0;
        var left = (samples.Length + stride - 1) / stride;
        while (left > 0)
        {
            var group = GroupAt(index);
            var first = FirstOf(group);
            var size = (Math.Min(groupBlocks, blockCount - (group * groupBlocks)) * block) - (group == ShortGroup ? lack : 0);
            var shuffle = new Feistel(size, Feistel.Derive(key, group + 1), epoch);
            for (var end = Math.Min((ulong)left, first + size - index) + index; index < end;)
            {
                var part = run[..(int)Math.Min((ulong)run.Length, end - index)];
                for (var i = 0; i < part.Length; i++)
                {
                    samples[at] = (long)Sample(group, shuffle.At(index - first + (ulong)i));
                    at += stride;
                }

                index += (ulong)part.Length;
                left -= part.Length;
            }
        }
    }

    private ulong GroupAt(ulong index)
    {
        var past = index >= ((ShortGroup + 1) * FullGroup) - lack;
        return (index + (past ? lack : 0)) / FullGroup;
    }

    private ulong FirstOf(ulong group) => (group * FullGroup) - (group > ShortGroup ? lack : 0);

    // The group's blocks lie one after the other; what lies past the short one is moved by what that one lacks.
    private ulong Sample(ulong group, ulong place)
    {
        var firstSlot = group * groupBlocks;
        if (group == ShortGroup && place >= ((shortSlot - firstSlot + 1) * block) - lack)
        {
            place += lack;
        }

        var (slot, offset) = Math.DivRem(place, block);
        return start + (blocks.At(firstSlot + slot) * block) + offset;
    }
}
