using System.Numerics;

namespace Features.Iceberg.Deletes;

/// <summary>The low 16 bits of the values that share their high 16, in one of the three forms of the Roaring format.</summary>
internal abstract class RoaringContainer
{
    /// <summary>The most values that an array holds; beyond it a bitmap is smaller.</summary>
    public const int LargestArray = 4096;

    public abstract int Count { get; }

    /// <summary>About how many bytes it takes in memory.</summary>
    public abstract int Bytes { get; }

    public abstract bool Contains(ushort value);

    /// <summary>The values, ascending.</summary>
    public abstract IEnumerable<ushort> Values();

    /// <summary>The container that has the value too: this one, changed, or one of another form.</summary>
    public abstract RoaringContainer With(ushort value);

    /// <summary>The values as maximal runs, each a first value and how many follow it.</summary>
    public List<(ushort First, ushort More)> Runs()
    {
        var runs = new List<(ushort First, ushort More)>();
        foreach (var value in Values())
        {
            if (runs.Count > 0 && runs[^1] is var last && last.First + last.More + 1 == value)
            {
                runs[^1] = (last.First, (ushort)(last.More + 1));
            }
            else
            {
                runs.Add((value, 0));
            }
        }

        return runs;
    }
}

/// <summary>Few values: sorted.</summary>
internal sealed class RoaringArray(ushort[] values, int count) : RoaringContainer
{
    private ushort[] values = values;
    private int count = count;

    public override int Count => count;

    public override int Bytes => values.Length * 2;

    public override bool Contains(ushort value) => values.AsSpan(0, count).BinarySearch(value) >= 0;

    public override IEnumerable<ushort> Values() => values.Take(count);

    public override RoaringContainer With(ushort value)
    {
        // Deletes are sorted by position, so that most are appended.
        var at = count == 0 || values[count - 1] < value ? ~count : values.AsSpan(0, count).BinarySearch(value);
        if (at >= 0)
        {
            return this;
        }

        if (count == LargestArray)
        {
            var bitmap = new RoaringBits(new ulong[RoaringBits.Words], 0);
            foreach (var held in values)
            {
                bitmap.With(held);
            }

            return bitmap.With(value);
        }

        if (count == values.Length)
        {
            Array.Resize(ref values, Math.Min(LargestArray, Math.Max(4, count * 2)));
        }

        values.AsSpan(~at, count - ~at).CopyTo(values.AsSpan(~at + 1));
        values[~at] = value;
        count++;
        return this;
    }
}

/// <summary>Many values: a bit for each.</summary>
internal sealed class RoaringBits(ulong[] words, int count) : RoaringContainer
{
    public const int Words = 1024;

    private int count = count;

    public override int Count => count;

    public override int Bytes => Words * 8;

    public override bool Contains(ushort value) => (words[value >> 6] >> (value & 63) & 1) != 0;

    public override IEnumerable<ushort> Values()
    {
        for (var i = 0; i < Words; i++)
        {
            for (var left = words[i]; left != 0; left &= left - 1)
            {
                yield return (ushort)((i << 6) + BitOperations.TrailingZeroCount(left));
            }
        }
    }

    public override RoaringContainer With(ushort value)
    {
        if (!Contains(value))
        {
            words[value >> 6] |= 1UL << (value & 63);
            count++;
        }

        return this;
    }
}

/// <summary>Values in runs, each a first value and how many follow it; kept as runs, as a few bytes of them may stand for 65,536 values.</summary>
internal sealed class RoaringRuns : RoaringContainer
{
    private readonly (ushort First, ushort More)[] runs;

    public RoaringRuns((ushort First, ushort More)[] runs)
    {
        this.runs = runs;
        Count = runs.Sum(r => r.More + 1);
    }

    public override int Count { get; }

    public override int Bytes => runs.Length * 4;

    public override bool Contains(ushort value)
    {
        var (low, high) = (0, runs.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (value < runs[middle].First)
            {
                high = middle - 1;
            }
            else if (value - runs[middle].First > runs[middle].More)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    public override IEnumerable<ushort> Values()
    {
        foreach (var (first, more) in runs)
        {
            for (var i = 0; i <= more; i++)
            {
                yield return (ushort)(first + i);
            }
        }
    }

    public override RoaringContainer With(ushort value)
    {
        if (Contains(value))
        {
            return this;
        }

        RoaringContainer changed = Count < LargestArray ? new RoaringArray([.. Values()], Count) : new RoaringBits(new ulong[RoaringBits.Words], 0);
        if (changed is RoaringBits)
        {
            foreach (var held in Values())
            {
                changed.With(held);
            }
        }

        return changed.With(value);
    }
}
