namespace Features.Ordering;

/// <summary>
/// One lane of a grouped order in one epoch: its samples are contiguous, its blocks stand in a permuted run, and the run is cut into
/// groups. The lane's short block stands wherever the permutation puts it, so that no sample is always among an epoch's last.
/// </summary>
internal readonly struct LaneRun
{
    private const int Chunk = 256;

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
        Span<ulong> members = stackalloc ulong[Chunk];
        Span<ulong> slots = stackalloc ulong[Chunk];
        var place = 0L;
        while (place < samples.Length)
        {
            var group = GroupAt(index);
            var first = FirstOf(group);
            var size = (Math.Min(groupBlocks, blockCount - (group * groupBlocks)) * block) - (group == ShortGroup ? lack : 0);
            var shuffle = new Feistel(size, Feistel.Derive(key, group + 1), epoch);
            for (var end = Math.Min(first + size, index + (ulong)Count(samples.Length - place, stride)); index < end;)
            {
                var part = members[..(int)Math.Min(Chunk, end - index)];
                FeistelRun.Fill(shuffle, index - first, part);
                ToSamples(group, part, slots[..part.Length]);
                foreach (var sample in part)
                {
                    samples[(int)place] = (long)sample;
                    place += stride;
                }

                index += (ulong)part.Length;
            }
        }
    }

    private static long Count(long length, int stride) => ((length - 1) / stride) + 1;

    // The group's blocks lie one after the other; what lies past the short one is moved by what that one lacks.
    private void ToSamples(ulong group, Span<ulong> members, Span<ulong> slots)
    {
        var firstSlot = group * groupBlocks;
        var pastShort = group == ShortGroup ? ((shortSlot - firstSlot + 1) * block) - lack : ulong.MaxValue;
        for (var i = 0; i < members.Length; i++)
        {
            var (slot, offset) = Math.DivRem(members[i] + (members[i] >= pastShort ? lack : 0), block);
            slots[i] = firstSlot + slot;
            members[i] = start + offset;
        }

        FeistelRun.Map(blocks, slots);
        for (var i = 0; i < members.Length; i++)
        {
            members[i] += slots[i] * block;
        }
    }

    private ulong GroupAt(ulong index)
    {
        var past = index >= ((ShortGroup + 1) * FullGroup) - lack;
        return (index + (past ? lack : 0)) / FullGroup;
    }

    private ulong FirstOf(ulong group) => (group * FullGroup) - (group > ShortGroup ? lack : 0);
}
