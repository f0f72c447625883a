using Features.Core.Definitions;

namespace Features.Core.Online;

/// <summary>Works out the features of one use for one key after another. Scratch is kept from key to key and from request to request; for one thread at a time.</summary>
internal sealed class UseReader(BoundUse use)
{
    private readonly KeyEntry entry = new();
    private readonly List<StoredRow> pushed = [];
    private readonly (int Start, int Length)[] slices = new (int, int)[use.Layout.Types.Count];
    private readonly ValueAccumulator?[] accumulators = [.. use.Features.Select(f => f.IsLatest || f.Stored is null ? null : new ValueAccumulator(f.Stored, PartialsOf(f.Feature.Aggregate!.Value)))];
    private readonly (long From, long To)[] windows = new (long, long)[use.Features.Count];
    private readonly long[] counts = new long[use.Features.Count];
    private readonly long[] newest = new long[use.Features.Count];
    private readonly bool hasWindows = use.Features.Any(f => !f.IsLatest);
    private readonly bool hasLatest = use.Features.Any(f => f.IsLatest);
    private readonly bool isStrict = use.Layout.IsStrict;

    /// <summary>Answers a row; what is stored of its key may be null. False if rows of chunks are needed first: they are asked of <paramref name="chunkRows"/> by id.</summary>
    public bool TryRead(
        ReadOnlyMemory<byte>? stored, ReadOnlyMemory<byte>? pushedBytes, StoredState state, long now, int row, IReadOnlyList<OnlineColumn> columns, Dictionary<long, List<StoredRow>?>? chunkRows, List<long> chunksNeeded)
    {
        entry.Clear();
        if (stored is { } bytes)
        {
            entry.Read(bytes, use.Layout);
        }

        var foundFrom = ReadPushed(pushedBytes, state);
        var found = now >= foundFrom;
        if (hasWindows && !TryAggregate(now, chunkRows, chunksNeeded))
        {
            return false;
        }

        StoredRow latest = default;
        var hasWinner = hasLatest && TryLatest(now, out latest);
        var isTooOld = hasWinner && use.TtlMicros is { } ttl && now >= long.MinValue + ttl && latest.Event < now - ttl;
        if (hasWinner && !isTooOld)
        {
            RowValues.Slices(use.Layout.Types, latest.Values, slices);
        }

        for (var f = 0; f < use.Features.Count; f++)
        {
            var feature = use.Features[f];
            var column = columns[feature.Column];
            if (!feature.IsLatest)
            {
                SetAggregate(feature, f, column, row, found);
            }
            else if (!hasWinner)
            {
                Set(column, row, FeatureValue.Null, FeatureStatus.NotFound, OnlineColumn.NoEvent);
            }
            else
            {
                var value = isTooOld || slices[feature.Value].Length < 0
                    ? FeatureValue.Null
                    : StoredValue.Read(feature.Stored!, latest.Values.Slice(slices[feature.Value].Start, slices[feature.Value].Length));
                Set(column, row, value, isTooOld ? FeatureStatus.OutsideMaxAge : value.IsNull ? FeatureStatus.NullValue : FeatureStatus.Present, latest.Event);
            }
        }

        return true;
    }

    /// <summary>A row whose key is null.</summary>
    public void SetNotFound(int row, IReadOnlyList<OnlineColumn> columns)
    {
        foreach (var feature in use.Features)
        {
            var isCount = feature.Feature.Aggregate == Aggregate.Count;
            Set(columns[feature.Column], row, isCount ? FeatureValue.Of(0L) : FeatureValue.Null, isCount ? FeatureStatus.Present : FeatureStatus.NotFound, OnlineColumn.NoEvent);
        }
    }

    private static void Set(OnlineColumn column, int row, FeatureValue value, FeatureStatus status, long happened)
    {
        column.Values[row] = value;
        column.Statuses[row] = status;
        column.EventMicros[row] = happened;
    }

    private long ReadPushed(ReadOnlyMemory<byte>? bytes, StoredState state)
    {
        pushed.Clear();
        var foundFrom = entry.FoundFrom;
        if (bytes is null)
        {
            return foundFrom;
        }

        foreach (var row in PushedRow.Read(bytes))
        {
            if (!row.IsTaken && row.Stamp == use.Layout.Stamp && !row.IsIn(state.Sources))
            {
                pushed.Add(row.Row);
                foundFrom = Math.Min(foundFrom, row.Row.Start(isStrict));
            }
        }

        return foundFrom;
    }

    private bool TryLatest(long now, out StoredRow latest)
    {
        latest = default;
        var hasLatest = false;
        for (var i = entry.Candidates.Count - 1; i >= 0 && !hasLatest; i--)
        {
            if (entry.Candidates[i].Start(isStrict) <= now)
            {
                (latest, hasLatest) = (entry.Candidates[i], true);
            }
        }

        foreach (var row in pushed)
        {
            // Of rows equal in both clocks the one that was pushed last answers, until the view's order decides.
            if (row.Start(isStrict) <= now && (!hasLatest || row.CompareTo(latest) >= 0))
            {
                (latest, hasLatest) = (row, true);
            }
        }

        return hasLatest;
    }

    private bool TryAggregate(long now, Dictionary<long, List<StoredRow>?>? chunkRows, List<long> chunksNeeded)
    {
        for (var f = 0; f < use.Features.Count; f++)
        {
            windows[f] = use.Features[f].IsLatest ? (1, 0) : use.Features[f].WindowAt(now);
            accumulators[f]?.Reset();
            counts[f] = 0;
            newest[f] = OnlineColumn.NoEvent;
        }

        var asked = chunksNeeded.Count;
        foreach (var chunk in entry.Chunks)
        {
            AddChunk(chunk, chunkRows, chunksNeeded);
        }

        if (chunksNeeded.Count > asked)
        {
            return false;
        }

        AddRows(entry.Rows, now);
        AddRows(pushed, now);
        return true;
    }

    private void AddChunk(Chunk chunk, Dictionary<long, List<StoredRow>?>? chunkRows, List<long> chunksNeeded)
    {
        // All rows of a chunk happened before now and are known, so only a window's beginning can cut it.
        var isCut = false;
        for (var f = 0; f < use.Features.Count; f++)
        {
            var from = windows[f].From;
            isCut |= chunk.First < from && from <= chunk.Last && !use.Features[f].IsLatest;
        }

        if (isCut && chunkRows is null)
        {
            chunksNeeded.Add(chunk.Id);
            return;
        }

        for (var f = 0; f < use.Features.Count; f++)
        {
            if (use.Features[f].IsLatest || chunk.First < windows[f].From)
            {
                continue;
            }

            counts[f] += chunk.Rows;
            newest[f] = Math.Max(newest[f], chunk.Last);
            accumulators[f]?.Add(chunk.Values[use.Features[f].Value]);
        }

        if (!isCut || chunkRows![chunk.Id] is not { } rows)
        {
            return;
        }

        foreach (var row in rows)
        {
            RowValues.Slices(use.Layout.Types, row.Values, slices);
            for (var f = 0; f < use.Features.Count; f++)
            {
                if (chunk.First < windows[f].From)
                {
                    Add(row, f);
                }
            }
        }
    }

    private void AddRows(List<StoredRow> rows, long now)
    {
        foreach (var row in rows)
        {
            if (row.Start(isStrict) > now)
            {
                continue;
            }

            RowValues.Slices(use.Layout.Types, row.Values, slices);
            for (var f = 0; f < use.Features.Count; f++)
            {
                Add(row, f);
            }
        }
    }

    private void Add(in StoredRow row, int f)
    {
        if (row.Event < windows[f].From || row.Event > windows[f].To)
        {
            return;
        }

        counts[f]++;
        newest[f] = Math.Max(newest[f], row.Event);
        if (accumulators[f] is { } accumulator && slices[use.Features[f].Value] is { Length: >= 0 } slice)
        {
            accumulator.Add(row, row.Values.Slice(slice.Start, slice.Length));
        }
    }

    private void SetAggregate(FeatureRead feature, int f, OnlineColumn column, int row, bool found)
    {
        var accumulator = accumulators[f];
        var count = accumulator?.Count ?? counts[f];
        var value = feature.Feature.Aggregate switch
        {
            Aggregate.Count => FeatureValue.Of(count),
            _ when count == 0 => FeatureValue.Null,
            Aggregate.Sum => SumOf(feature, accumulator!),
            Aggregate.Avg => FeatureValue.Of(accumulator!.Sum.ToDouble() / count),
            Aggregate.Min => StoredValue.Read(feature.Stored!, accumulator!.Min),
            Aggregate.Max => StoredValue.Read(feature.Stored!, accumulator!.Max),
            Aggregate.First => StoredValue.Read(feature.Stored!, accumulator!.First),
            _ => StoredValue.Read(feature.Stored!, accumulator!.Last),
        };
        Set(column, row, value, !value.IsNull ? FeatureStatus.Present : found ? FeatureStatus.NullValue : FeatureStatus.NotFound, newest[f]);
    }

    private static FeatureValue SumOf(FeatureRead feature, ValueAccumulator accumulator) => feature.Stored!.IsFloat
        ? FeatureValue.Of(accumulator.Sum.ToDouble())
        : FeatureValue.Of(accumulator.Sum.ToInt64() ?? throw new OnlineException($"the sum of feature '{feature.Feature.Name}' does not fit 64 bits; sum a DOUBLE instead, such as sum(CAST(x AS DOUBLE))"));

    private static Partials PartialsOf(Aggregate aggregate) => aggregate switch
    {
        Aggregate.Sum or Aggregate.Avg => Partials.Sum,
        Aggregate.Min => Partials.Min,
        Aggregate.Max => Partials.Max,
        Aggregate.First => Partials.First,
        Aggregate.Last => Partials.Last,
        _ => Partials.None,
    };
}
