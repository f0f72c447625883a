using System.IO.Pipelines;
using Features.Flight.Frames;
using Features.Flight.Telemetry;

namespace Features.Flight.Serving.DataPlane;

/// <summary>
/// Moves a rank's frames into the response. A frame is laid straight into the pipe's blocks, and the pipe is all the memory there is ahead of the
/// reader: when it is full, nothing is gathered until the reader takes some.
/// </summary>
internal sealed class FramePump(RankFrames frames, PipeWriter output, ServedStream stream, CallLife life)
{
    /// <summary>Bytes between flushes: one block of the tuned pool (<see cref="BlockPool"/>).</summary>
    public const int PieceBytes = 256 << 10;

    // Less room than this in a block is left unused, so that pieces keep to the blocks.
    private const int LeastRoom = 4 << 10;

    // Pieces after which a stream that never had to wait lets others have the thread.
    private const int Turn = 4;

    private bool isWithin;
    private bool isSchemaSent;

    /// <summary>Sends every frame.</summary>
    /// <exception cref="OperationCanceledException">The call's life ended.</exception>
    public async Task RunAsync()
    {
        var unwaited = 0;
        var hasMore = true;
        while (hasMore)
        {
            hasMore = Fill(out var bytes);
            if (bytes == 0)
            {
                return;
            }

            stream.Offers(bytes);
            var flush = output.FlushAsync(life.Token);
            if (!flush.IsCompleted)
            {
                unwaited = 0;
                life.IsBlocked = true;
                stream.Waits();
            }

            var result = await flush.ConfigureAwait(false);
            life.IsBlocked = false;
            stream.Resumes();
            if (result.IsCompleted || result.IsCanceled)
            {
                throw new OperationCanceledException("the reader is gone");
            }

            if (++unwaited == Turn)
            {
                unwaited = 0;
                await Task.Yield();
            }
        }
    }

    // A piece of frames; false at the end of the last one.
    private bool Fill(out int bytes)
    {
        bytes = 0;
        while (bytes <= PieceBytes - LeastRoom)
        {
            life.Token.ThrowIfCancellationRequested();
            if (!isWithin && !Advance())
            {
                return false;
            }

            var room = output.GetSpan(LeastRoom);
            var written = frames.Read(room[..Math.Min(room.Length, PieceBytes - bytes)]);
            output.Advance(written);
            bytes += written;
            isWithin = written > 0;
            if (!isWithin)
            {
                Finish();
            }
        }

        return true;
    }

    // Between two messages is where a call can end and the reader knows all that it was sent.
    private bool Advance() => life.End == CallEnd.None ? isWithin = frames.Next() : throw new OperationCanceledException("the service stops");

    private void Finish()
    {
        if (isSchemaSent)
        {
            stream.Sent(frames.Position, frames.Step, frames.Rows);
        }

        isSchemaSent = true;
    }
}
