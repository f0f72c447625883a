using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Features.DuckDb.Files;

/// <summary>An Arrow IPC file or stream, told apart by the file's magic.</summary>
internal sealed class ArrowFile : IDisposable
{
    private static ReadOnlySpan<byte> Magic => "ARROW1"u8;
    private readonly ArrowStreamReader reader;

    private ArrowFile(ArrowStreamReader reader, Schema schema)
    {
        this.reader = reader;
        Schema = schema;
    }

    /// <summary>The file's columns and the row number.</summary>
    internal Schema Schema { get; }

    internal static async Task<ArrowFile> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var stream = File.OpenRead(path);
        try
        {
            var start = new byte[Magic.Length];
            var read = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            stream.Position = 0;
            var reader = start.AsSpan(0, read).SequenceEqual(Magic) ? new ArrowFileReader(stream) : new ArrowStreamReader(stream);
            var schema = await reader.GetSchema(cancellationToken).ConfigureAwait(false);
            return new(reader, new Schema([.. schema.FieldsList, new Field(SourceFileSql.RowNumber, Int64Type.Default, nullable: false)], metadata: null));
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The batches, each with the row number as its last column. The consumer disposes them.</summary>
    internal async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = 0L;
        while (await reader.ReadNextRecordBatchAsync(cancellationToken).ConfigureAwait(false) is { } batch)
        {
            var first = next;
            next += batch.Length;
            var numbers = new Int64Array.Builder().Reserve(batch.Length);
            for (var i = 0; i < batch.Length; i++)
            {
                numbers.Append(first + i);
            }

            yield return new RecordBatch(Schema, batch.Arrays.Append(numbers.Build()), batch.Length);
        }
    }

    public void Dispose() => reader.Dispose();
}
