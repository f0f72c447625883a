using System.Runtime.Intrinsics.X86;

namespace Features.Flight.Layout;

/// <summary>One Arrow buffer of a batch that is being made. Its bytes are written once, from the first to the last, in pieces of any length.</summary>
internal unsafe struct BodyBuffer
{
    private const int RunsAhead = 16;
    private readonly byte* memory;
    private readonly nint[]? bases;
    private readonly RowSet rows;
    private readonly int width;
    private int run;
    private long done;

    /// <summary>A buffer that lies in memory as it shall be.</summary>
    public BodyBuffer(byte* memory, long length)
    {
        this.memory = memory;
        Length = length;
    }

    /// <summary>A buffer of the values of rows, each of <paramref name="width"/> bytes, from chunks at <paramref name="bases"/>.</summary>
    public BodyBuffer(nint[] bases, in RowSet rows, int width) =>
        (this.bases, this.rows, this.width, Length) = (bases, rows, width, (long)rows.Rows * width);

    /// <summary>Bytes of the buffer, without padding.</summary>
    public long Length { get; }

    /// <summary>Bytes that are written.</summary>
    public long Written { get; private set; }

    /// <summary>Writes the next bytes; not more than there are.</summary>
    public void Write(Span<byte> destination)
    {
        fixed (byte* target = destination)
        {
            if (bases is null)
            {
                Buffer.MemoryCopy(memory + Written, target, destination.Length, destination.Length);
            }
            else if (rows.Counts is null)
            {
                WriteRows(target, destination.Length);
            }
            else
            {
                WriteRuns(target, destination.Length);
            }
        }

        Written += destination.Length;
    }

    private readonly void WriteRows(byte* target, int length)
    {
        var row = (int)(Written / width);
        var part = (int)(Written % width);
        if (part > 0)
        {
            var rest = Math.Min(width - part, length);
            Buffer.MemoryCopy(At(row) + part, target, rest, rest);
            target += rest;
            (length, row) = (length - rest, row + 1);
        }

        var whole = length / width;
        if (whole > 0)
        {
            RowCopy.Gather(bases!, rows.Addresses + row, whole, rows.Rows - row, width, target);
        }

        var last = length - (whole * width);
        if (last > 0)
        {
            Buffer.MemoryCopy(At(row + whole), target + ((long)whole * width), last, last);
        }
    }

    private void WriteRuns(byte* target, int length)
    {
        while (length > 0)
        {
            var bytes = (long)rows.Counts[run] * width;
            var count = (int)Math.Min(bytes - done, length);
            Buffer.MemoryCopy(At(run) + done, target, count, count);
            target += count;
            (length, done) = (length - count, done + count);
            if (done == bytes)
            {
                (run, done) = (run + 1, 0);
                if (Sse.IsSupported && run + RunsAhead < rows.Runs)
                {
                    Sse.Prefetch0(At(run + RunsAhead));
                }
            }
        }
    }

    private readonly byte* At(int index) =>
        (byte*)bases![RowAddress.Chunk(rows.Addresses[index])] + ((long)(uint)RowAddress.Index(rows.Addresses[index]) * width);
}
