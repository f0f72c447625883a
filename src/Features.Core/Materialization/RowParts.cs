using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.PointInTime;

namespace Features.Core.Materialization;

/// <summary>
/// Cuts rows that come sorted by key into parts of about the same size, at the ends of keys; a key that alone is longer is cut where its clocks change, so that no two rows which only their order decides are torn apart.
/// Where the cuts are depends on nothing but the rows, so that a step which is taken up again counts the same parts.
/// </summary>
internal sealed class RowParts(int rowsPerPart, KeyEncoding encoding, bool hasAvailable, bool splitsKeys = true)
{
    private readonly List<RecordBatch> slices = [];
    private readonly List<ReadOnlyMemory<byte>> keys = [];
    private ReadOnlyMemory<byte> lastKey;
    private (long Event, long Available) lastClocks;
    private bool hasLast;
    private bool isRest;
    private long count;
    private long latest = long.MinValue;

    public async IAsyncEnumerable<RowPart> OfAsync(IAsyncEnumerable<RecordBatch> batches, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                var encoded = encoding.Of(batch);
                var events = CellReader.Moments(batch.Column(ViewQuery.Event), ViewQuery.Event);
                var available = hasAvailable ? CellReader.Moments(batch.Column(ViewQuery.Available), ViewQuery.Available) : null;
                var start = 0;
                for (var row = 0; row < batch.Length; row++)
                {
                    if (encoded[row] is not { } key)
                    {
                        Take(batch, start, row);
                        start = row + 1;
                        continue;
                    }

                    var clocks = (events(row), available?.Invoke(row) ?? 0);
                    var isNew = !hasLast || !key.Span.SequenceEqual(lastKey.Span);
                    var held = count + row - start;
                    if (held > 0 && (isNew ? isRest || held >= rowsPerPart : splitsKeys && held >= rowsPerPart && clocks != lastClocks))
                    {
                        Take(batch, start, row);
                        start = row;
                        yield return Cut();
                        Release();
                        isRest = !isNew;
                    }

                    if (isNew)
                    {
                        keys.Add(key);
                        isRest = false;
                    }

                    (lastKey, lastClocks, hasLast, latest) = (key, clocks, true, Math.Max(latest, clocks.Item1));
                }

                Take(batch, start, batch.Length);
            }
        }

        if (count > 0)
        {
            yield return Cut();
            Release();
        }
    }

    private void Take(RecordBatch batch, int start, int end)
    {
        if (end > start)
        {
            slices.Add(batch.SliceShared(start, end - start));
            count += end - start;
        }
    }

    private RowPart Cut()
    {
        var part = new RowPart([.. keys], [.. slices], count, isRest) { LatestEvent = latest };
        keys.Clear();
        (count, latest) = (0, long.MinValue);
        return part;
    }

    private void Release()
    {
        slices.ForEach(s => s.Dispose());
        slices.Clear();
    }
}
