using System.Collections.Concurrent;

namespace Features.Core.Online;

/// <summary>A view's state as it was last seen, and its bytes, by which it is told whether it still is that.</summary>
internal sealed record KnownState(ReadOnlyMemory<byte> Bytes, StoredState State, OnlineViewState Public);

/// <summary>
/// One request's reads: all keys of all views, and the views' states, in one read of the store; then, only where windows begin within rows that are put together, those rows. The names of entries depend on the states, so
/// these are taken as last seen, and the read is made again if one turns out to be another.
/// </summary>
internal sealed class OnlineRead(IOnlineStore store, ConcurrentDictionary<string, KnownState> states, ReadPlan plan, IReadOnlyList<OnlineColumn> keyColumns, int rows)
{
    private const int MostTries = 20;
    private readonly List<string> views = [.. plan.Uses.Select(u => u.View.Name).Distinct()];
    private readonly ReadOnlyMemory<byte>[][] keys = new ReadOnlyMemory<byte>[plan.Uses.Count][];

    /// <summary>The moment that was answered, in microseconds since 1970 UTC.</summary>
    public long Moment { get; private set; }

    /// <summary>The states of the views that answered.</summary>
    public IReadOnlyList<OnlineViewState> Views { get; private set; } = [];

    /// <summary>Answers the plan's stored features.</summary>
    /// <param name="asked">The moment that was asked for; null for now.</param>
    /// <param name="now">That, or now.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async ValueTask<OnlineColumn[]> RunAsync(long? asked, long now, CancellationToken cancellationToken)
    {
        EncodeKeys();
        for (var tries = 0; tries < MostTries; tries++)
        {
            var known = await StatesAsync(cancellationToken).ConfigureAwait(false);
            var names = Names(known, out var hasPushed);
            var values = await store.GetAsync(names, cancellationToken).ConfigureAwait(false);
            if (AreCurrent(known, values))
            {
                Moment = MomentOf(known, asked, now);
                if (await TryAnswerAsync(known, values, hasPushed, cancellationToken).ConfigureAwait(false) is { } columns)
                {
                    Views = [.. known.Select(k => k.Public)];
                    return columns;
                }
            }
        }

        throw new OnlineException("the views changed faster than they could be read; repeat the request", "online-busy", isTransient: true);
    }

    private void EncodeKeys()
    {
        var writer = new ByteWriter();
        for (var u = 0; u < keys.Length; u++)
        {
            var use = plan.Uses[u];
            var columns = use.KeyColumns.Select(c => keyColumns.First(k => k.Name == c)).ToArray();
            keys[u] = new ReadOnlyMemory<byte>[rows];
            for (var row = 0; row < rows; row++)
            {
                writer.Clear();
                var isWhole = true;
                for (var k = 0; k < columns.Length && isWhole; k++)
                {
                    isWhole = OnlineKeys.TryWrite(writer, use.Entity.Keys[k].Type, columns[k].Values[row], columns[k].Name, row);
                }

                keys[u][row] = isWhole ? writer.ToArray() : default;
            }
        }
    }

    private async ValueTask<KnownState[]> StatesAsync(CancellationToken cancellationToken)
    {
        var known = new KnownState[views.Count];
        List<string>? missing = null;
        for (var v = 0; v < known.Length; v++)
        {
            if (!states.TryGetValue(views[v], out known[v]!))
            {
                (missing ??= []).Add(views[v]);
            }
        }

        if (missing is null)
        {
            return known;
        }

        var read = await store.GetAsync([.. missing.Select(v => (ReadOnlyMemory<byte>)StoreKeys.State(v))], cancellationToken).ConfigureAwait(false);
        for (var m = 0; m < missing.Count; m++)
        {
            var view = missing[m];
            known[views.IndexOf(view)] = Remember(view, read[m]);
        }

        return known;
    }

    private KnownState Remember(string view, ReadOnlyMemory<byte>? bytes)
    {
        if ((bytes is { } json ? StoredState.Parse(json) : null) is not { Layout: not null } state)
        {
            states.TryRemove(view, out _);
            throw new OnlineException($"view '{view}' is not materialised; run 'features materialize {view}', or push to it", "online-not-materialised");
        }

        // The buffer is the whole answer's; what is kept is a copy.
        return states[view] = new KnownState(bytes!.Value.ToArray(), state, state.ToPublic(view, []) ?? new OnlineViewState(view, state.DefinitionHash, [], state.Frontier, state.MaterializedAt, 0) { Pushed = state.Pushed, HasOnlineOnlyRows = state.HasOnlineOnlyRows });
    }

    /// <summary>States, then for each use the entries of its rows, then, if its view has pushed rows, those.</summary>
    private ReadOnlyMemory<byte>[] Names(KnownState[] known, out bool[] hasPushed)
    {
        hasPushed = new bool[plan.Uses.Count];
        var count = views.Count;
        for (var u = 0; u < hasPushed.Length; u++)
        {
            hasPushed[u] = StateOf(known, u).PushedKeys > 0;
            count += rows * (hasPushed[u] ? 2 : 1);
        }

        var names = new ReadOnlyMemory<byte>[count];
        for (var v = 0; v < views.Count; v++)
        {
            names[v] = StoreKeys.State(views[v]);
        }

        var next = views.Count;
        for (var u = 0; u < hasPushed.Length; u++)
        {
            var (view, state) = (plan.Uses[u].View.Name, StateOf(known, u));
            next = Append(names, next, StoreKeys.Entries(view, state.Generation), keys[u]);
            next = hasPushed[u] ? Append(names, next, StoreKeys.AllPushed(view, state.Epoch), keys[u]) : next;
        }

        return names;
    }

    /// <summary>A row without a key asks for the prefix alone, under which there is nothing.</summary>
    private static int Append(ReadOnlyMemory<byte>[] names, int next, byte[] prefix, ReadOnlyMemory<byte>[] keys)
    {
        var total = 0;
        foreach (var key in keys)
        {
            total += prefix.Length + key.Length;
        }

        var (buffer, used) = (new byte[total], 0);
        foreach (var key in keys)
        {
            prefix.CopyTo(buffer, used);
            key.CopyTo(buffer.AsMemory(used + prefix.Length));
            names[next++] = buffer.AsMemory(used, prefix.Length + key.Length);
            used += prefix.Length + key.Length;
        }

        return next;
    }

    private bool AreCurrent(KnownState[] known, IReadOnlyList<ReadOnlyMemory<byte>?> values)
    {
        var areCurrent = true;
        for (var v = 0; v < known.Length; v++)
        {
            if (values[v] is not { } bytes || !bytes.Span.SequenceEqual(known[v].Bytes.Span))
            {
                Remember(views[v], values[v]);
                areCurrent = false;
            }
        }

        return areCurrent;
    }

    private long MomentOf(KnownState[] known, long? asked, long now)
    {
        var moment = now;
        for (var v = 0; v < known.Length; v++)
        {
            var frontier = known[v].State.Frontier;
            if (asked < frontier)
            {
                throw new OnlineException(
                    $"view '{views[v]}' answers from {FeatureValue.OfTimestamp(frontier)} on, and {FeatureValue.OfTimestamp(asked.Value)} was asked about; ask about a later moment, or join historically", "online-too-early");
            }

            moment = Math.Max(moment, frontier);
        }

        return moment;
    }

    private async ValueTask<OnlineColumn[]?> TryAnswerAsync(KnownState[] known, IReadOnlyList<ReadOnlyMemory<byte>?> values, bool[] hasPushed, CancellationToken cancellationToken)
    {
        var columns = new OnlineColumn[plan.Features.Count];
        var next = views.Count;
        List<CutRow>? cut = null;
        for (var u = 0; u < plan.Uses.Count; u++)
        {
            var bound = Columns(known, u, columns);
            Answer(bound, u, StateOf(known, u), values, next, hasPushed[u], columns, ref cut);
            next += rows * (hasPushed[u] ? 2 : 1);
        }

        return cut is null || await TryAnswerCutAsync(known, cut, columns, cancellationToken).ConfigureAwait(false) ? columns : null;
    }

    private BoundUse Columns(KnownState[] known, int u, OnlineColumn[] columns)
    {
        var bound = plan.Uses[u].Bind(StateOf(known, u).Layout!);
        foreach (var feature in bound.Features)
        {
            columns[feature.Column] = new OnlineColumn(plan.Names[feature.Column], feature.Type, rows) { Reference = plan.References[feature.Column] };
        }

        return bound;
    }

    private void Answer(BoundUse bound, int u, StoredState state, IReadOnlyList<ReadOnlyMemory<byte>?> values, int first, bool hasPushed, OnlineColumn[] columns, ref List<CutRow>? cut)
    {
        var reader = bound.Rent();
        var chunks = new List<long>();
        for (var row = 0; row < rows; row++)
        {
            if (keys[u][row].IsEmpty)
            {
                reader.SetNotFound(row, columns);
                continue;
            }

            var (stored, pushed) = (values[first + row], hasPushed ? values[first + rows + row] : null);
            if (!reader.TryRead(stored, pushed, state, Moment, row, columns, null, chunks))
            {
                (cut ??= []).Add(new CutRow(u, row, stored, pushed, [.. chunks]));
                chunks.Clear();
            }
        }

        bound.Return(reader);
    }

    /// <summary>Reads the rows of chunks that windows cut, and answers with them. False if one was replaced meanwhile.</summary>
    private async ValueTask<bool> TryAnswerCutAsync(KnownState[] known, List<CutRow> cut, OnlineColumn[] columns, CancellationToken cancellationToken)
    {
        var read = await store.GetAsync(
            [.. cut.SelectMany(c => c.Chunks.Select(id => (ReadOnlyMemory<byte>)StoreKeys.Chunk(plan.Uses[c.Use].View.Name, StateOf(known, c.Use).Generation, keys[c.Use][c.Row], id)))], cancellationToken).ConfigureAwait(false);
        var next = 0;
        foreach (var (u, row, stored, pushed, ids) in cut)
        {
            var rowsOf = new Dictionary<long, List<StoredRow>?>();
            foreach (var id in ids)
            {
                if (read[next++] is not { } bytes)
                {
                    return false;
                }

                var cursor = new ByteCursor(bytes);
                var chunk = new List<StoredRow>();
                StoredRow.Read(ref cursor, chunk);
                rowsOf[id] = chunk;
            }

            var state = StateOf(known, u);
            var bound = plan.Uses[u].Bind(state.Layout!);
            var reader = bound.Rent();
            reader.TryRead(stored, pushed, state, Moment, row, columns, rowsOf, []);
            bound.Return(reader);
        }

        return true;
    }

    private StoredState StateOf(KnownState[] known, int use) => known[views.IndexOf(plan.Uses[use].View.Name)].State;

    private sealed record CutRow(int Use, int Row, ReadOnlyMemory<byte>? Stored, ReadOnlyMemory<byte>? Pushed, long[] Chunks);
}
