namespace Features.Core.Online;

/// <summary>Writes pushed rows beside what is materialised, and takes them away again.</summary>
internal sealed class PushWrite(IOnlineStore store, OnlineViewPlan plan, ViewLayout layout, string pushSource, long? sequence, TimeProvider clock)
{
    private const int KeysAStep = 1_000;
    private readonly string view = plan.View.Name;

    /// <summary>Adds rows; those of a batch that a key already has are not added again.</summary>
    public async Task RunAsync(Dictionary<KeyBytes, List<StoredRow>> rows, CancellationToken cancellationToken)
    {
        foreach (var some in rows.Chunk(KeysAStep))
        {
            int? epoch = null;
            var isWritten = false;
            while (!isWritten)
            {
                // The epoch is part of the names; it is read first, and the write makes sure of it.
                epoch ??= (await store.GetAsync([StoreKeys.State(view)], cancellationToken).ConfigureAwait(false))[0] is { } json ? StoredState.Parse(json).Epoch : 0;
                var assumed = epoch.Value;
                await store.UpdateAsync(
                    [StoreKeys.State(view), .. some.Select(s => StoreKeys.Pushed(view, assumed, s.Key.Bytes))],
                    present => Change(present, some, assumed, out isWritten), cancellationToken).ConfigureAwait(false);
                epoch = isWritten ? epoch : null;
            }
        }
    }

    /// <summary>Removes the pushed rows that a view holds by now.</summary>
    public static async Task DropCoveredAsync(IOnlineStore store, string view, int epoch, CancellationToken cancellationToken)
    {
        var names = new List<ReadOnlyMemory<byte>>();
        await foreach (var (name, _) in store.ScanAsync(StoreKeys.AllPushed(view, epoch), cancellationToken).ConfigureAwait(false))
        {
            names.Add(name);
            if (names.Count == KeysAStep)
            {
                await DropAsync().ConfigureAwait(false);
            }
        }

        await DropAsync().ConfigureAwait(false);

        async Task DropAsync()
        {
            if (names.Count > 0)
            {
                await store.UpdateAsync([StoreKeys.State(view), .. names], DropCovered, cancellationToken).ConfigureAwait(false);
                names.Clear();
            }
        }
    }

    private static ReadOnlyMemory<byte>?[] DropCovered(IReadOnlyList<ReadOnlyMemory<byte>?> present)
    {
        var changed = present.ToArray();
        var state = StoredState.Parse(present[0]!.Value);
        if (state.Layout is null)
        {
            // It was removed meanwhile.
            return changed;
        }

        var emptied = 0;
        for (var i = 1; i < changed.Length; i++)
        {
            if (changed[i] is not { } bytes)
            {
                continue;
            }

            var all = PushedRow.Read(bytes);
            var kept = Needed([.. all.Where(r => !r.IsIn(state.Sources))], state.Layout, state.Frontier).ToList();
            emptied += kept.Count == 0 ? 1 : 0;
            changed[i] = kept.Count == 0 ? default(ReadOnlyMemory<byte>?) : kept.Count == all.Count ? bytes : PushedRow.ToBytes(kept);
        }

        changed[0] = emptied == 0 ? present[0] : (state with { PushedKeys = state.PushedKeys - emptied }).ToBytes();
        return changed;
    }

    private IReadOnlyList<ReadOnlyMemory<byte>?> Change(IReadOnlyList<ReadOnlyMemory<byte>?> present, KeyValuePair<KeyBytes, List<StoredRow>>[] some, int epoch, out bool isWritten)
    {
        var state = present[0] is { } json ? StoredState.Parse(json) : new StoredState();
        isWritten = state.Epoch == epoch;
        if (!isWritten || IsHeld(state))
        {
            return present;
        }

        // A view that was never materialised answers from what is pushed.
        state = state.Layout is not null && state.Generation != 0 ? state : state with { Layout = layout, DefinitionHash = plan.DefinitionHash, Frontier = state.Layout is null ? OnlineViews.Micros(clock.GetUtcNow()) : state.Frontier };
        state = state with
        {
            HasOnlineOnlyRows = state.HasOnlineOnlyRows || sequence is null,
            Pushed = sequence is { } last && (!state.Pushed.TryGetValue(pushSource, out var before) || before < last) ? new Dictionary<string, long>(state.Pushed) { [pushSource] = last } : state.Pushed,
        };
        var changed = present.ToArray();
        var added = 0;
        for (var i = 0; i < some.Length; i++)
        {
            var there = PushedRow.Read(present[i + 1]);
            if (sequence is not null && there.Exists(r => r.Source == pushSource && r.Sequence == sequence))
            {
                continue;
            }

            added += present[i + 1] is null ? 1 : 0;
            there.AddRange(some[i].Value.Select(row => new PushedRow(pushSource, sequence, layout.Stamp, IsTaken: false, row)));
            // Rows of a definition that neither answers nor is in force will never answer.
            changed[i + 1] = PushedRow.ToBytes(Needed(there, layout, state.Frontier).Where(r => r.Sequence is not null || r.Stamp == layout.Stamp || r.Stamp == state.Layout!.Stamp).ToList());
        }

        changed[0] = (state with { PushedKeys = state.PushedKeys + added }).ToBytes();
        return changed;
    }

    /// <summary>Whether the batch is in what answers, or in what a step is putting there just now; then it would count twice.</summary>
    private bool IsHeld(StoredState state) => sequence is { } number
        && (number <= state.PushedThrough(pushSource) || state.Step is { IsFull: false } step && number <= StoredState.PushedThrough(step.Target, pushSource));

    /// <summary>Without the online-only rows of a layout that no moment from the frontier on needs, neither as the latest nor in a window; what a table will hold stays until it is materialised.</summary>
    private static IEnumerable<PushedRow> Needed(List<PushedRow> rows, ViewLayout layout, long frontier)
    {
        // Only by each other: a row of a table that hides one now may be gone from its table tomorrow.
        var own = rows.Where(r => r.Sequence is null && r.Stamp == layout.Stamp).Select(r => r.Row).ToList();
        var oldest = KeyMerge.Oldest(layout, frontier);
        var kept = KeyMerge.Candidates(own, layout.IsStrict, frontier).Concat(own.Where(r => r.Event >= oldest)).Select(r => r.Values).ToHashSet();
        return rows.Where(r => r.Sequence is not null || r.Stamp != layout.Stamp || kept.Contains(r.Row.Values));
    }
}
