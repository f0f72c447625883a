using Apache.Arrow;

namespace Features.Core.Online;

/// <summary>
/// Materialised views over an online store. A part and the progress that it means are one step of the store; a full step writes a generation of its own, which publishing makes the one that answers.
/// One step of a view runs at a time (who writes the same part second finds it done); pushes come in beside it.
/// </summary>
public sealed class OnlineViews(IOnlineStore store, TimeProvider clock) : IOnlineViews
{
    /// <summary>Smaller in tests, so that few rows make many chunks.</summary>
    internal int MostLoose { get; init; } = KeyMerge.MostLoose;

    /// <inheritdoc/>
    public async Task<OnlineViewState?> FindAsync(string view, CancellationToken cancellationToken) =>
        await FindStateAsync(view, cancellationToken).ConfigureAwait(false) is { } state ? await PublicAsync(view, state, cancellationToken).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public async Task<OnlineViewState> BeginAsync(OnlineViewPlan view, IReadOnlyList<OnlineSource> target, bool isFull, CancellationToken cancellationToken)
    {
        var (name, layout) = (view.View.Name, ViewLayout.Of(view));
        StoredState? begun = null;
        await ChangeAsync(name, state => begun = Begin(state ?? new StoredState(), view, layout, target, isFull, Micros(clock.GetUtcNow())), cancellationToken).ConfigureAwait(false);
        await CleanAsync(name, cancellationToken).ConfigureAwait(false);
        return (await PublicAsync(name, begun!, cancellationToken).ConfigureAwait(false))!;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> AddAsync(OnlineViewPlan view, IReadOnlyList<RecordBatch> rows, long part, CancellationToken cancellationToken)
    {
        var step = await StepAsync(view, cancellationToken).ConfigureAwait(false);
        await new PartWrite(store, view, step, part, RowReader.Read(view, step.Layout, rows), replaced: null, MostLoose).RunAsync(cancellationToken).ConfigureAwait(false);
        return await UndecidedAsync(view.View.Name, step.Number, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task ReplaceAsync(OnlineViewPlan view, IReadOnlyList<ReadOnlyMemory<byte>> keys, IReadOnlyList<RecordBatch> rows, long part, CancellationToken cancellationToken)
    {
        var step = await StepAsync(view, cancellationToken).ConfigureAwait(false);
        var read = RowReader.Read(view, step.Layout, rows);
        var replaced = keys.Select(k => new KeyBytes(k)).ToHashSet();
        if (read.Keys.FirstOrDefault(k => !replaced.Contains(k)) is { Bytes.IsEmpty: false } other)
        {
            throw new OnlineException($"rows of key {string.Join(", ", OnlineKeys.Values(view.Entity, other.Bytes))} of view '{view.View.Name}' came with keys to be replaced that it is not among");
        }

        await new PartWrite(store, view, step, part, read, replaced, MostLoose).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<OnlineViewState> PublishAsync(OnlineViewPlan view, long frontier, CancellationToken cancellationToken)
    {
        var name = view.View.Name;
        var step = await StepAsync(view, cancellationToken).ConfigureAwait(false);
        if (await UndecidedAsync(name, step.Number, cancellationToken).ConfigureAwait(false) is { Count: > 0 } undecided)
        {
            throw new OnlineException($"view '{name}' has {undecided.Count} keys whose rows are equal in both clocks and were not replaced, such as {string.Join(", ", OnlineKeys.Values(view.Entity, undecided[0]))}; replace them, then publish");
        }

        StoredState? published = null;
        await ChangeAsync(name, state => published = Publish(state!, name, step.Number, frontier, clock.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        await CleanAsync(name, cancellationToken).ConfigureAwait(false);
        return (await PublicAsync(name, published!, cancellationToken).ConfigureAwait(false))!;
    }

    /// <inheritdoc/>
    public async Task PushAsync(OnlineViewPlan view, IReadOnlyList<RecordBatch> rows, string pushSource, long? sequence, CancellationToken cancellationToken)
    {
        var layout = ViewLayout.Of(view);
        await new PushWrite(store, view, layout, pushSource, sequence, clock).RunAsync(RowReader.Read(view, layout, rows), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(string view, CancellationToken cancellationToken)
    {
        await ChangeAsync(view, state => state is null ? null : new StoredState { Epoch = state.Epoch + 1, Steps = state.Steps, Generations = state.Generations }, cancellationToken).ConfigureAwait(false);
        foreach (var kind in "ecpm")
        {
            await store.RemoveAsync(StoreKeys.All(kind, view), cancellationToken).ConfigureAwait(false);
        }
    }

    internal static long Micros(DateTimeOffset at) => (at.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private static StoredState Begin(StoredState state, OnlineViewPlan view, ViewLayout layout, IReadOnlyList<OnlineSource> target, bool isFull, long now)
    {
        // What holds nothing yet can only be built in full.
        isFull |= state.Generation == 0;
        if (state.Step is { } standing && standing.DefinitionHash == view.DefinitionHash && standing.IsFull == isFull && standing.Layout.Stamp == layout.Stamp && Same(standing.Target, target))
        {
            return state;
        }

        if (!isFull && state.Step is { IsFull: false } other && other.PartsDone > 0)
        {
            throw new OnlineException($"view '{view.View.Name}' is {other.PartsDone} parts into a step to another state of its sources; finish that one first, or materialise it in full", "online-step");
        }

        // The definition stands for the types only as long as its tables have them.
        if (!isFull && (state.DefinitionHash != view.DefinitionHash || state.Layout!.Stamp != layout.Stamp))
        {
            throw new OnlineException($"view '{view.View.Name}' was changed since it was materialised; materialise it in full", "online-step");
        }

        var generation = isFull ? state.Generations + 1 : state.Generation;
        return state with
        {
            Steps = state.Steps + 1,
            Generations = Math.Max(state.Generations, generation),
            Leftovers = state.Step is { IsFull: true } abandoned ? [.. state.Leftovers, abandoned.Generation] : state.Leftovers,
            Step = new StoredStep
            {
                Number = state.Steps + 1,
                Target = target,
                IsFull = isFull,
                Generation = generation,
                Layout = isFull ? layout : state.Layout!,
                DefinitionHash = view.DefinitionHash,
                BeganAt = now,
                Keys = isFull ? 0 : state.Keys,
            },
        };
    }

    private static StoredState Publish(StoredState state, string view, int step, long frontier, DateTimeOffset now)
    {
        if (state.Step is not { } done || done.Number != step)
        {
            throw new OnlineException($"the step of view '{view}' was finished or replaced by another process", "online-step", isTransient: true);
        }

        return state with
        {
            Generation = done.Generation,
            Leftovers = done.IsFull && state.Generation != 0 ? [.. state.Leftovers, state.Generation] : state.Leftovers,
            Layout = done.Layout,
            DefinitionHash = done.DefinitionHash,
            Sources = done.Target,
            // What could not win from this bound on was left out, so no earlier moment can be answered; of rows that are online only, and are never read anew, by the frontier that was.
            Frontier = Math.Max(Math.Max(frontier, done.IsFull ? PartWrite.BoundOf(done) : state.Frontier), state.HasOnlineOnlyRows ? state.Frontier : long.MinValue),
            MaterializedAt = now,
            Keys = done.Keys,
            Step = null,
        };
    }

    private static bool Same(IReadOnlyList<OnlineSource> left, IReadOnlyList<OnlineSource> right) => left.Count == right.Count && left.Zip(right).All(p =>
        p.First.Table == p.Second.Table && p.First.Uuid == p.Second.Uuid && p.First.SnapshotId == p.Second.SnapshotId
        && p.First.PushedThrough.Count == p.Second.PushedThrough.Count && p.First.PushedThrough.All(t => p.Second.PushedThrough.TryGetValue(t.Key, out var through) && through == t.Value));

    /// <summary>Removes what a crash or a finished step left: generations that nobody reads, marks, pushed rows that the view now holds.</summary>
    private async Task CleanAsync(string view, CancellationToken cancellationToken)
    {
        var state = (await FindStateAsync(view, cancellationToken).ConfigureAwait(false))!;
        foreach (var generation in state.Leftovers)
        {
            await store.RemoveAsync(StoreKeys.Entries(view, generation), cancellationToken).ConfigureAwait(false);
            await store.RemoveAsync(StoreKeys.Chunks(view, generation), cancellationToken).ConfigureAwait(false);
        }

        if (state.Leftovers.Count > 0)
        {
            await ChangeAsync(view, s => s! with { Leftovers = [.. s.Leftovers.Except(state.Leftovers)] }, cancellationToken).ConfigureAwait(false);
        }

        // Each step has marks of its own; those of the one under way stay.
        for (var step = state.Steps; step > 0 && step > state.Steps - 2; step--)
        {
            if (state.Step?.Number != step)
            {
                await store.RemoveAsync(StoreKeys.Marks(view, step), cancellationToken).ConfigureAwait(false);
            }
        }

        if (state.PushedKeys > 0)
        {
            await PushWrite.DropCoveredAsync(store, view, state.Epoch, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<StoredStep> StepAsync(OnlineViewPlan view, CancellationToken cancellationToken)
    {
        var step = (await FindStateAsync(view.View.Name, cancellationToken).ConfigureAwait(false))?.Step
            ?? throw new OnlineException($"no step of view '{view.View.Name}' was begun", "online-step");
        return step.DefinitionHash == view.DefinitionHash
            ? step
            : throw new OnlineException($"the step of view '{view.View.Name}' was begun for another definition of it; begin again", "online-step");
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> UndecidedAsync(string view, int step, CancellationToken cancellationToken)
    {
        var prefix = StoreKeys.Marks(view, step);
        var keys = new List<ReadOnlyMemory<byte>>();
        await foreach (var (key, _) in store.ScanAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            keys.Add(key[prefix.Length..]);
        }

        return keys;
    }

    private async Task<OnlineViewState?> PublicAsync(string view, StoredState state, CancellationToken cancellationToken) =>
        state.ToPublic(view, state.Step is { } step ? await UndecidedAsync(view, step.Number, cancellationToken).ConfigureAwait(false) : []);

    private async Task<StoredState?> FindStateAsync(string view, CancellationToken cancellationToken) =>
        (await store.GetAsync([StoreKeys.State(view)], cancellationToken).ConfigureAwait(false))[0] is { } json ? StoredState.Parse(json) : null;

    private Task ChangeAsync(string view, Func<StoredState?, StoredState?> change, CancellationToken cancellationToken) => store.UpdateAsync(
        [StoreKeys.State(view)], present => [change(present[0] is { } json ? StoredState.Parse(json) : null)?.ToBytes() is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null], cancellationToken);
}
