using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Features.Flight.Frames;
using Features.Flight.Protocol;

namespace Features.Flight.Tests.Frames;

/// <summary>Frames read back by protobuf's and Arrow's own readers.</summary>
internal sealed record DecodedFrame(FlightData Message, int BodyStart, long Position, long Step, int Rows, int Bytes)
{
    /// <summary>Reads every frame, in pieces of the lengths that are given by turns.</summary>
    public static List<DecodedFrame> All(RankFrames frames, params int[] pieces)
    {
        var all = new List<DecodedFrame>();
        var turn = 0;
        while (frames.Next())
        {
            var bytes = new byte[frames.FrameBytes + 1];
            var read = 0;
            while (frames.Read(bytes.AsSpan(read, Math.Min(pieces[turn++ % pieces.Length], bytes.Length - read))) is var count and > 0)
            {
                read += count;
            }

            Assert.Equal(frames.FrameBytes, read);
            Assert.Equal(0, bytes[0]);
            Assert.Equal((uint)read - 5, BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1)));
            var message = FlightData.Parser.ParseFrom(bytes, 5, read - 5);
            all.Add(new DecodedFrame(message, read - 5 - message.DataBody.Length, frames.Position, frames.Step, frames.Rows, read));
        }

        return all;
    }

    /// <summary>The batches of a stream whose first frame is the schema.</summary>
    public static List<RecordBatch> Batches(IReadOnlyList<DecodedFrame> frames)
    {
        using var stream = new MemoryStream();
        Span<byte> prefix = stackalloc byte[8];
        foreach (var frame in frames)
        {
            BinaryPrimitives.WriteInt32LittleEndian(prefix, -1);
            BinaryPrimitives.WriteInt32LittleEndian(prefix[4..], frame.Message.DataHeader.Length);
            stream.Write(prefix);
            stream.Write(frame.Message.DataHeader.Span);
            stream.Write(frame.Message.DataBody.Span);
        }

        stream.Position = 0;
        using var reader = new ArrowStreamReader(stream);
        var batches = new List<RecordBatch>();
        while (reader.ReadNextRecordBatch() is { } batch)
        {
            batches.Add(batch);
        }

        return batches;
    }
}
