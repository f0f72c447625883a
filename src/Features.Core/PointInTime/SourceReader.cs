using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.PointInTime.Columns;
using Features.Core.PointInTime.Kernel;

namespace Features.Core.PointInTime;

/// <summary>Streams a view's source into the kernel's columns. Rows of keys that the spine does not have are dropped as they come.</summary>
internal sealed class SourceReader
{
    private const string Ties = "_ties";

    private readonly ISqlSession session;
    private readonly ViewQuery query;
    private readonly Schema schema;
    private readonly FeatureView view;
    private readonly ViewPlan plan;
    private readonly KeyReader keys;
    private readonly IReadOnlyList<ByteDictionary> texts;
    private int[] ids = [];
    private int[] kept = [];

    public SourceReader(ISqlSession session, ViewQuery query, Schema schema, FeatureView view, ViewPlan plan, KeyReader keys)
    {
        CellReader.CheckClock(schema.GetFieldByName(ViewQuery.Event).DataType, view.Clocks.Event);
        if (view.Clocks.Available is { } available)
        {
            CellReader.CheckClock(schema.GetFieldByName(ViewQuery.Available).DataType, available);
        }

        (this.session, this.query, this.schema, this.view, this.plan, this.keys) = (session, query, schema, view, plan, keys);
        texts = [.. query.Values.Select(_ => new ByteDictionary())];
    }

    /// <summary>Bytes that are held beside the rows.</summary>
    public long Bytes => texts.Sum(t => t.Bytes);

    /// <summary>Columns for the rows.</summary>
    public SourceRows NewRows() => new(
        view.Clocks.Available is not null,
        [.. query.Values.Select((v, e) => (plan.IsTaken(e) ? schema.GetFieldByName(v.Column).DataType : null, plan.IsCounted(e)))]);

    /// <summary>The order of the texts that were read.</summary>
    public IReadOnlyDictionary<int, SortedTexts> SortTexts() => Enumerable.Range(0, query.Values.Count)
        .Where(e => plan.IsCounted(e) && schema.GetFieldByName(query.Values[e].Column).DataType is StringType)
        .ToDictionary(e => e, e => new SortedTexts(texts[e]));

    /// <summary>Reads all rows in any order.</summary>
    /// <param name="rows">Where they are appended.</param>
    /// <param name="appended">Called after each batch; it may take the rows out.</param>
    /// <param name="cancellationToken">Stops the engine.</param>
    public async Task ReadAsync(SourceRows rows, Action appended, CancellationToken cancellationToken)
    {
        await foreach (var batch in BatchesAhead.Of(session.QueryAsync(query.Rows, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                Append(rows, batch, null);
                appended();
            }
        }
    }

    /// <summary>Reads the rows of tied moments again, in the view's order.</summary>
    /// <param name="ties">The moments.</param>
    /// <param name="rows">Where they are appended.</param>
    /// <param name="appended">Called after each batch; it may take the rows out.</param>
    /// <param name="cancellationToken">Stops the engine.</param>
    public async Task ReadTiesAsync(TiedMoments ties, SourceRows rows, Action appended, CancellationToken cancellationToken)
    {
        await session.AddBatchesAsync(Ties, TieSchema(), TieBatches(ties), cancellationToken).ConfigureAwait(false);
        await foreach (var batch in session.QueryAsync(query.Among(Ties), cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                Append(rows, batch, ties);
                appended();
            }
        }
    }

    private Schema TieSchema()
    {
        Field Clock(string name) => new(name, schema.GetFieldByName(name).DataType is TimestampType { Timezone: not (null or "") } ? new TimestampType(TimeUnit.Microsecond, "UTC") : new TimestampType(TimeUnit.Microsecond, (string?)null), false);
        return new Schema(view.Clocks.Available is null ? [Clock(ViewQuery.Event)] : [Clock(ViewQuery.Event), Clock(ViewQuery.Available)], null);
    }

    private async IAsyncEnumerable<RecordBatch> TieBatches(TiedMoments ties)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        var tied = TieSchema();
        foreach (var part in ties.Clocks.Chunk(1 << 14))
        {
            var columns = tied.FieldsList.Select((f, c) => (IArrowArray)new TimestampArray(
                (TimestampType)f.DataType, new ArrowBuffer.Builder<long>().AppendRange(part.Select(t => c == 0 ? t.Event : t.Available)).Build(), ArrowBuffer.Empty, part.Length, 0, 0));
            yield return new RecordBatch(tied, columns, part.Length);
        }
    }

    private void Append(SourceRows rows, RecordBatch batch, TiedMoments? ties)
    {
        Buffers.Ensure(ref ids, batch.Length);
        Buffers.Ensure(ref kept, batch.Length);
        keys.Read([.. query.Keys.Select(k => batch.Column(k))], ids.AsSpan(0, batch.Length), add: false);
        var count = 0;
        for (var i = 0; i < batch.Length; i++)
        {
            kept[count] = i;
            count += ids[i] >= 0 ? 1 : 0;
        }

        var events = CellReader.Moments(batch.Column(ViewQuery.Event), view.Clocks.Event);
        var available = view.Clocks.Available is { } clock ? CellReader.Moments(batch.Column(ViewQuery.Available), clock) : null;
        if (ties is not null)
        {
            var (all, tied) = (count, 0);
            for (var k = 0; k < all; k++)
            {
                var i = kept[k];
                kept[tied] = i;
                tied += ties.Contains(ids[i], events(i), available?.Invoke(i) ?? events(i)) ? 1 : 0;
            }

            count = tied;
        }

        var taken = kept.AsSpan(0, count);
        Fill(rows.Keys, taken, ids);
        Fill(rows.Events, taken, batch.Column(ViewQuery.Event), events);
        if (available is not null)
        {
            Fill(rows.Available!, taken, batch.Column(ViewQuery.Available), available);
        }

        for (var e = 0; e < query.Values.Count; e++)
        {
            var column = batch.Column(query.Values[e].Column);
            rows.Values[e]?.Append(column, taken);
            if (rows.Cells[e] is { } cells)
            {
                Fill(cells, taken, column, CellReader.Of(column, texts[e]), mayBeNull: true);
            }
        }
    }

    private static void Fill(Chunked<int> column, ReadOnlySpan<int> taken, ReadOnlySpan<int> values)
    {
        for (var done = 0; done < taken.Length;)
        {
            var room = column.Extend(taken.Length - done);
            for (var i = 0; i < room.Length; i++)
            {
                room[i] = values[taken[done + i]];
            }

            done += room.Length;
        }
    }

    private static void Fill(Chunked<long> column, ReadOnlySpan<int> taken, IArrowArray array, Func<int, long> read, bool mayBeNull = false)
    {
        var plain = array switch
        {
            TimestampArray { Data.DataType: TimestampType { Unit: TimeUnit.Microsecond } } a => a.Values,
            Int64Array a => a.Values,
            _ => default,
        };
        var hasNulls = mayBeNull && array.NullCount > 0;
        if (!plain.IsEmpty && !hasNulls)
        {
            for (var done = 0; done < taken.Length;)
            {
                var room = column.Extend(taken.Length - done);
                for (var i = 0; i < room.Length; i++)
                {
                    room[i] = plain[taken[done + i]];
                }

                done += room.Length;
            }

            return;
        }

        foreach (var row in taken)
        {
            if (hasNulls && array.IsNull(row))
            {
                column.AddNull();
            }
            else
            {
                column.Add(read(row));
            }
        }
    }
}
