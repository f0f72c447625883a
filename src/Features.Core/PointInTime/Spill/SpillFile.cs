using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Features.Core.PointInTime.Spill;

/// <summary>Batches in a file of the Arrow IPC stream format: written once, then read any number of times.</summary>
internal sealed class SpillFile(string path, Schema schema) : IDisposable
{
    private const int BufferBytes = 1 << 16;
    private ArrowStreamWriter? writer;

    /// <summary>Rows that were written.</summary>
    public long Rows { get; private set; }

    /// <summary>Writes a batch, and disposes it.</summary>
    public void Write(RecordBatch batch)
    {
        using (batch)
        {
            writer ??= new ArrowStreamWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes), schema, leaveOpen: false);
            writer.WriteRecordBatch(batch);
            Rows += batch.Length;
        }
    }

    /// <summary>Ends the writing.</summary>
    public void Complete()
    {
        writer?.WriteEnd();
        writer?.Dispose();
        writer = null;
    }

    /// <summary>The batches, in the order in which they were written. The consumer disposes each.</summary>
    public IEnumerable<RecordBatch> Read()
    {
        if (Rows == 0)
        {
            yield break;
        }

        using var reader = new ArrowStreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes), leaveOpen: false);
        while (reader.ReadNextRecordBatch() is { } batch)
        {
            yield return batch;
        }
    }

    public void Dispose()
    {
        writer?.Dispose();
        File.Delete(path);
    }
}
