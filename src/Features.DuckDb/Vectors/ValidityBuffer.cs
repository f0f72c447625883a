using Apache.Arrow;

namespace Features.DuckDb.Vectors;

/// <summary>An Arrow validity bitmap that costs nothing until the first null.</summary>
internal sealed unsafe class ValidityBuffer
{
    private readonly ColumnBuffer bits = new();
    private bool hasBits;

    internal int Length { get; private set; }

    internal int NullCount { get; private set; }

    /// <summary>Appends the validity of <paramref name="count"/> rows from <paramref name="start"/>; a null mask means all valid.</summary>
    internal void Append(ulong* mask, int start, int count)
    {
        var nulls = mask is null ? 0 : CountNulls(mask, start, count);
        if (nulls > 0 && !hasBits)
        {
            hasBits = true;
            bits.Extend((Length + 7) / 8).Fill(0xff);
        }

        if (hasBits)
        {
            AppendBits(nulls == 0 ? null : mask, start, count);
        }

        Length += count;
        NullCount += nulls;
    }

    /// <summary>Empty where there is no null.</summary>
    internal ArrowBuffer Take()
    {
        var taken = hasBits ? bits.Take() : ArrowBuffer.Empty;
        (Length, NullCount, hasBits) = (0, 0, false);
        return taken;
    }

    internal static bool IsValid(ulong* mask, int row) => mask is null || ((mask[row >> 6] >> (row & 63)) & 1) != 0;

    private void AppendBits(ulong* mask, int start, int count)
    {
        bits.Extend(((Length + count + 7) / 8) - bits.Length);
        var target = bits.Filled;
        if (mask is not null && (Length & 7) == 0 && (start & 7) == 0)
        {
            new ReadOnlySpan<byte>((byte*)mask + (start / 8), (count + 7) / 8).CopyTo(target[(Length / 8)..]);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            var bit = (byte)(1 << ((Length + i) & 7));
            ref var cell = ref target[(Length + i) >> 3];
            cell = IsValid(mask, start + i) ? (byte)(cell | bit) : (byte)(cell & ~bit);
        }
    }

    private static int CountNulls(ulong* mask, int start, int count)
    {
        var valid = 0;
        var row = start;
        for (; row < start + count && (row & 63) != 0; row++)
        {
            valid += IsValid(mask, row) ? 1 : 0;
        }

        for (; row + 64 <= start + count; row += 64)
        {
            valid += System.Numerics.BitOperations.PopCount(mask[row >> 6]);
        }

        for (; row < start + count; row++)
        {
            valid += IsValid(mask, row) ? 1 : 0;
        }

        return count - valid;
    }
}
