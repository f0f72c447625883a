namespace Features.Core.Online;

/// <summary>
/// Writes one part of a step: entries, chunks, marks, the pushed rows that the part takes over, and the progress, in one step of the store. What is to be written is worked out from a read before it, and holds if
/// nothing of that changed meanwhile; else it is worked out again.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="plan">The view.</param>
/// <param name="step">The step, as it was read.</param>
/// <param name="part">The part's number.</param>
/// <param name="rows">Rows by key.</param>
/// <param name="replaced">The keys that are put in place; null if rows are added.</param>
/// <param name="mostLoose"><see cref="KeyMerge.MostLoose"/>.</param>
internal sealed class PartWrite(IOnlineStore store, OnlineViewPlan plan, StoredStep step, long part, Dictionary<KeyBytes, List<StoredRow>> rows, HashSet<KeyBytes>? replaced, int mostLoose)
{
    private readonly string view = plan.View.Name;
    private readonly ViewLayout layout = step.Layout;
    private readonly List<ReadOnlyMemory<byte>> keys = [.. replaced is null ? rows.Keys.Select(k => k.Bytes) : replaced.Select(k => k.Bytes)];
    private StoredState state = new();
    private ReadOnlyMemory<byte>?[] entries = [], marks = [];
    private readonly Dictionary<int, Dictionary<int, IReadOnlyList<StoredRow>>> chunks = [];
    private bool withPushed, withMarks;

    /// <summary>The moment from which on a step's answers will be asked for at the earliest, as far as it got.</summary>
    public static long BoundOf(StoredStep step) => Math.Min(step.BeganAt, step.NewestEvent);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (await TryWriteAsync(cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var read = await store.GetAsync(
            [StoreKeys.State(view), .. keys.Select(k => StoreKeys.Entry(view, step.Generation, k)), .. withMarks ? keys.Select(k => StoreKeys.Mark(view, step.Number, k)) : []], cancellationToken).ConfigureAwait(false);
        state = Current(read[0]);
        entries = [.. read.Skip(1).Take(keys.Count)];
        marks = withMarks ? [.. read.Skip(1 + keys.Count)] : new ReadOnlyMemory<byte>?[keys.Count];
        withPushed |= state.PushedKeys > 0 && !step.IsFull;
        if (state.Step!.Undecided > 0 && !withMarks)
        {
            withMarks = true;
            await ReadAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        chunks.Clear();
        if (replaced is null)
        {
            await ReadChunksAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadChunksAsync(CancellationToken cancellationToken)
    {
        var (bound, entry) = (Bound(state), new KeyEntry());
        var wanted = new List<(int Key, int Chunk, byte[] Name)>();
        for (var k = 0; k < keys.Count; k++)
        {
            if (entries[k] is { } bytes)
            {
                entry.Read(bytes, layout);
                wanted.AddRange(KeyMerge.ChunksNeeded(entry, rows[new KeyBytes(keys[k])], layout, bound, mostLoose).Select(c => (k, c, StoreKeys.Chunk(view, step.Generation, keys[k], entry.Chunks[c].Id))));
            }
        }

        if (wanted.Count == 0)
        {
            return;
        }

        var read = await store.GetAsync([.. wanted.Select(w => (ReadOnlyMemory<byte>)w.Name)], cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < wanted.Count; i++)
        {
            // A chunk that is gone was replaced since, which the write finds out.
            var there = new List<StoredRow>();
            if (read[i] is { } bytes)
            {
                var cursor = new ByteCursor(bytes);
                StoredRow.Read(ref cursor, there);
            }

            (chunks.TryGetValue(wanted[i].Key, out var ofKey) ? ofKey : chunks[wanted[i].Key] = [])[wanted[i].Chunk] = there;
        }
    }

    private async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
    {
        var writes = Work();
        withMarks |= writes.UndecidedBy != 0;
        var names = new List<ReadOnlyMemory<byte>> { StoreKeys.State(view) };
        names.AddRange(keys.Select(k => (ReadOnlyMemory<byte>)StoreKeys.Entry(view, step.Generation, k)));
        if (withMarks)
        {
            names.AddRange(keys.Select(k => (ReadOnlyMemory<byte>)StoreKeys.Mark(view, step.Number, k)));
        }

        var pushedFrom = names.Count;
        if (withPushed)
        {
            names.AddRange(keys.Select(k => (ReadOnlyMemory<byte>)StoreKeys.Pushed(view, state.Epoch, k)));
        }

        var chunksFrom = names.Count;
        names.AddRange(writes.Chunks.Select(c => c.Name));
        var isWritten = false;
        await store.UpdateAsync(names, present => Change(present, writes, pushedFrom, chunksFrom, out isWritten), cancellationToken).ConfigureAwait(false);
        return isWritten;
    }

    private IReadOnlyList<ReadOnlyMemory<byte>?> Change(IReadOnlyList<ReadOnlyMemory<byte>?> present, PartWrites writes, int pushedFrom, int chunksFrom, out bool isWritten)
    {
        var now = Current(present[0]);
        isWritten = writes.IsNothing;
        if (writes.IsNothing)
        {
            return present;
        }

        var isAsRead = now.Step!.PartsDone == state.Step!.PartsDone && now.Frontier == state.Frontier && (withPushed || step.IsFull || now.PushedKeys == 0)
            && AreEqual(present, 1, entries) && (!withMarks || AreEqual(present, 1 + keys.Count, marks));
        if (!isAsRead)
        {
            return present;
        }

        isWritten = true;
        var changed = present.ToArray();
        writes.Entries.CopyTo(changed, 1);
        if (withMarks)
        {
            writes.Marks.CopyTo(changed, 1 + keys.Count);
        }

        var emptied = 0;
        for (var i = pushedFrom; i < chunksFrom; i++)
        {
            changed[i] = replaced is null && writes.Marks[i - pushedFrom] is not null ? present[i] : TakeOver(present[i], i - pushedFrom, ref emptied);
        }

        for (var c = 0; c < writes.Chunks.Count; c++)
        {
            changed[chunksFrom + c] = writes.Chunks[c].Value;
        }

        changed[0] = (now with
        {
            PushedKeys = now.PushedKeys - emptied,
            Step = now.Step with
            {
                PartsDone = now.Step.PartsDone + 1,
                Keys = now.Step.Keys + writes.AddedKeys,
                Undecided = now.Step.Undecided + writes.UndecidedBy,
                NewestEvent = writes.NewestEvent,
            },
        }).ToBytes();
        return changed;
    }

    /// <summary>Pushed rows of a key that this part brings: they are the view's from here on, so that none counts twice. Their batch stays noted until the step is published, should it be pushed once more. Of a key that waits to be replaced the part brings nothing.</summary>
    private ReadOnlyMemory<byte>? TakeOver(ReadOnlyMemory<byte>? pushed, int key, ref int emptied)
    {
        if (pushed is null)
        {
            return null;
        }

        var all = PushedRow.Read(pushed);
        var came = rows.TryGetValue(new KeyBytes(keys[key]), out var given) ? new List<StoredRow>(given) : [];
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].IsTaken || !all[i].IsIn(step.Target))
            {
                continue;
            }

            var row = all[i].Row;
            var same = came.FindIndex(r => r.IsTie(row) && r.Values.Span.SequenceEqual(row.Values.Span));
            if (same >= 0)
            {
                came.RemoveAt(same);
            }

            all[i] = all[i] with { IsTaken = same >= 0 || replaced is not null };
        }

        emptied += all.Count == 0 ? 1 : 0;
        return all.Count == 0 ? default(ReadOnlyMemory<byte>?) : PushedRow.ToBytes(all);
    }

    private PartWrites Work()
    {
        if (part > state.Step!.PartsDone)
        {
            throw new OnlineException($"part {part} of view '{view}' came before part {state.Step.PartsDone}; write the parts in their order", "online-step");
        }

        if (part < state.Step.PartsDone)
        {
            return new PartWrites { IsNothing = true, Entries = [], Marks = [] };
        }

        var newest = rows.Values.SelectMany(r => r).Select(r => r.Event).Append(state.Step.NewestEvent).Max();
        var bound = step.IsFull ? Math.Min(step.BeganAt, newest) : state.Frontier;
        var writes = new PartWrites { Entries = new ReadOnlyMemory<byte>?[keys.Count], Marks = marks.ToArray(), NewestEvent = newest };
        for (var k = 0; k < keys.Count; k++)
        {
            Work(writes, k, bound);
        }

        return writes;
    }

    private void Work(PartWrites writes, int k, long bound)
    {
        var all = writes.Entries;
        all[k] = entries[k];
        if (replaced is null && marks[k] is not null)
        {
            // It is to be replaced, by all rows of the step's target, these among them.
            return;
        }

        var entry = new KeyEntry();
        if (entries[k] is { } bytes)
        {
            entry.Read(bytes, layout);
        }

        MergedKey? merged;
        if (replaced is null)
        {
            merged = KeyMerge.Add(entry, rows[new KeyBytes(keys[k])], layout, bound, step.Number, chunks.TryGetValue(k, out var read) ? read : [], mostLoose);
            if (merged is null)
            {
                writes.Marks[k] = new byte[1];
                writes.UndecidedBy++;
                return;
            }
        }
        else
        {
            var old = entry.Chunks.Select(c => c.Id).ToList();
            merged = rows.TryGetValue(new KeyBytes(keys[k]), out var given)
                ? KeyMerge.Add(new KeyEntry { ChunksMade = entry.ChunksMade }, given, layout, bound, step.Number, new Dictionary<int, IReadOnlyList<StoredRow>>(), mostLoose)
                : null;
            writes.Chunks.AddRange(old.Select(id => ((ReadOnlyMemory<byte>)StoreKeys.Chunk(view, step.Generation, keys[k], id), (ReadOnlyMemory<byte>?)null)));
            writes.UndecidedBy -= marks[k] is null ? 0 : 1;
            writes.Marks[k] = null;
        }

        writes.AddedKeys += (merged is null ? 0 : 1) - (entries[k] is null ? 0 : 1);
        all[k] = merged is null ? default(ReadOnlyMemory<byte>?) : merged.Entry.ToBytes(layout);
        foreach (var id in merged?.Removed ?? [])
        {
            writes.Chunks.Add((StoreKeys.Chunk(view, step.Generation, keys[k], id), null));
        }

        foreach (var (id, chunk) in merged?.Added ?? [])
        {
            writes.Chunks.Add((StoreKeys.Chunk(view, step.Generation, keys[k], id), chunk));
        }
    }

    private long Bound(StoredState now) =>
        step.IsFull ? Math.Min(step.BeganAt, rows.Values.SelectMany(r => r).Select(r => r.Event).Append(now.Step!.NewestEvent).Max()) : now.Frontier;

    private StoredState Current(ReadOnlyMemory<byte>? json) => (json is { } bytes ? StoredState.Parse(bytes) : null) is { Step: { } now } found && now.Number == step.Number
        ? found
        : throw new OnlineException($"the step of view '{view}' was finished or replaced by another process", "online-step", isTransient: true);

    private static bool AreEqual(IReadOnlyList<ReadOnlyMemory<byte>?> present, int from, ReadOnlyMemory<byte>?[] read)
    {
        for (var i = 0; i < read.Length; i++)
        {
            if (present[from + i].HasValue != read[i].HasValue || present[from + i] is { } bytes && !bytes.Span.SequenceEqual(read[i]!.Value.Span))
            {
                return false;
            }
        }

        return true;
    }

    private sealed class PartWrites
    {
        public bool IsNothing { get; init; }

        public required ReadOnlyMemory<byte>?[] Entries { get; init; }

        public required ReadOnlyMemory<byte>?[] Marks { get; init; }

        public List<(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte>? Value)> Chunks { get; } = [];

        public long AddedKeys { get; set; }

        public long UndecidedBy { get; set; }

        public long NewestEvent { get; init; }
    }
}
