using Apache.Arrow;
using Features.Flight.Protocol;
using Features.Flight.Serving.Put;
using Features.Flight.Tests.Validation;

namespace Features.Flight.Tests.Serving.Put;

/// <summary>Keeps what was committed as cells; knows one table, and one push source of it.</summary>
internal sealed class MemorySink : IFlightSink
{
    public const string Table = "plant.readings";

    /// <summary>The push source that fills the table.</summary>
    public const string Push = "readings";

    private int open;

    /// <summary>How often a target was looked for.</summary>
    public int Finds;

    public List<string> Rows { get; } = [];

    public Schema? Schema { get; private set; }

    public PutRequest? Request { get; private set; }

    /// <summary>Puts that were begun and neither committed nor dropped.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>Awaited before each batch is taken.</summary>
    public Func<CancellationToken, Task> BeforeWrite { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called with each batch that came.</summary>
    public Action<RecordBatch> Written { get; set; } = _ => { };

    public PutException? Refusal { get; set; }

    /// <summary>Whether rows are kept as cells, and not only counted.</summary>
    public bool IsKept { get; set; } = true;

    public ValueTask<PutTarget?> FindAsync(PutRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Finds);
        return ValueTask.FromResult(request.Table == Table || request.Push == Push ? new PutTarget(Table, "memory") : null);
    }

    public ValueTask<IFlightPut> OpenAsync(PutTarget target, PutRequest request, Schema schema, CancellationToken cancellationToken)
    {
        if (Refusal is { } refusal)
        {
            throw refusal;
        }

        (Schema, Request) = (schema, request);
        Interlocked.Increment(ref open);
        return ValueTask.FromResult<IFlightPut>(new Put(this, request.Id ?? "made-up"));
    }

    private sealed class Put(MemorySink sink, string id) : IFlightPut
    {
        private readonly List<string> rows = [];
        private long count;

        public async ValueTask WriteAsync(RecordBatch batch, CancellationToken cancellationToken)
        {
            await sink.BeforeWrite(cancellationToken);
            sink.Written(batch);
            count += batch.Length;
            if (sink.IsKept)
            {
                rows.AddRange(NaiveReading.Rows(batch));
            }
        }

        public Task<PutReceipt> CommitAsync(CancellationToken cancellationToken)
        {
            lock (sink.Rows)
            {
                sink.Rows.AddRange(rows);
            }

            return Task.FromResult(new PutReceipt(id, Table, count, count, 0) { Snapshot = long.MaxValue });
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref sink.open);
            return ValueTask.CompletedTask;
        }
    }
}
