using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.Core.PointInTime;

namespace Features.Core.Tests.Materialization;

/// <summary>What <see cref="IOnlineViews"/> asks for, as plainly as it can be said: every row of every key, in memory.</summary>
internal sealed class MemoryViews : IOnlineViews
{
    private readonly Dictionary<string, Held> held = [];

    /// <summary>Called before and after each durable step, with its name.</summary>
    public Action<string> Reached { get; set; } = _ => { };

    public List<string> Calls { get; } = [];

    public sealed record Row(long Event, long? Available, string Cells);

    public sealed record Pushed(string Source, long? Sequence, string Key, Row Row);

    public sealed class Generation
    {
        public SortedDictionary<string, List<Row>> Rows { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Held
    {
        public Generation Answering { get; set; } = new();

        public Generation? Coming { get; set; }

        public OnlineViewState State { get; set; } = null!;

        public string StepHash { get; set; } = "";

        public HashSet<string> Undecided { get; } = [];

        public List<Pushed> Pushed { get; } = [];
    }

    /// <summary>The rows that answer, by key, in the view's order.</summary>
    public SortedDictionary<string, List<Row>> RowsOf(string view) => held[view].Answering.Rows;

    public IReadOnlyList<Pushed> PushedTo(string view) => held[view].Pushed;

    public Task<OnlineViewState?> FindAsync(string view, CancellationToken cancellationToken) => Task.FromResult(held.GetValueOrDefault(view) is { } h ? StateOf(h) : null);

    public Task<OnlineViewState> BeginAsync(OnlineViewPlan view, IReadOnlyList<OnlineSource> target, bool isFull, CancellationToken cancellationToken)
    {
        if (!held.TryGetValue(view.View.Name, out var h))
        {
            h = held[view.View.Name] = new Held { State = new OnlineViewState(view.View.Name, view.DefinitionHash, [], 0, default, 0) };
        }

        if (h.State.Step is { } step && h.StepHash == view.DefinitionHash && step.IsFull == isFull && SourceStates.AreSame(step.Target, target))
        {
            return Task.FromResult(StateOf(h));
        }

        h.State = h.State with { Step = new OnlineStep(target, isFull, 0) };
        h.StepHash = view.DefinitionHash;
        h.Coming = isFull ? new Generation() : null;
        h.Undecided.Clear();
        return Task.FromResult(StateOf(h));
    }

    public Task<IReadOnlyList<ReadOnlyMemory<byte>>> AddAsync(OnlineViewPlan view, IReadOnlyList<RecordBatch> rows, long part, CancellationToken cancellationToken)
    {
        var tied = new HashSet<string>();
        Write(view, part, "add", h =>
        {
            var into = (h.Coming ?? h.Answering).Rows;
            var stood = into.ToDictionary(r => r.Key, r => r.Value.ToList());
            foreach (var (key, row) in Read(view, rows))
            {
                if (stood.TryGetValue(key, out var others) && others.Any(o => (o.Event, o.Available) == (row.Event, row.Available)))
                {
                    tied.Add(key);
                }

                var all = into.TryGetValue(key, out var known) ? known : into[key] = [];
                all.Insert(all.FindLastIndex(o => Compare(o, row) <= 0) + 1, row);
            }

            h.Undecided.UnionWith(tied);
        });
        return Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>([.. tied.Select(k => (ReadOnlyMemory<byte>)Convert.FromHexString(k))]);
    }

    public Task ReplaceAsync(OnlineViewPlan view, IReadOnlyList<ReadOnlyMemory<byte>> keys, IReadOnlyList<RecordBatch> rows, long part, CancellationToken cancellationToken)
    {
        Write(view, part, "replace", h =>
        {
            var into = (h.Coming ?? h.Answering).Rows;
            var replaced = keys.Select(k => Convert.ToHexString(k.Span)).ToHashSet();
            foreach (var key in replaced)
            {
                into.Remove(key);
                h.Undecided.Remove(key);
            }

            foreach (var (key, row) in Read(view, rows))
            {
                Assert.Contains(key, replaced);
                (into.TryGetValue(key, out var known) ? known : into[key] = []).Add(row);
            }
        });
        return Task.CompletedTask;
    }

    public Task<OnlineViewState> PublishAsync(OnlineViewPlan view, long frontier, CancellationToken cancellationToken)
    {
        var h = held[view.View.Name];
        Assert.Empty(h.Undecided);
        Assert.True(h.State.Step!.IsFull || frontier >= h.State.Frontier);
        Reached("before publish");
        h.Answering = h.Coming ?? h.Answering;
        h.Coming = null;
        h.State = new OnlineViewState(view.View.Name, view.DefinitionHash, h.State.Step.Target, frontier, DateTimeOffset.UnixEpoch, h.Answering.Rows.Count);
        h.Pushed.RemoveAll(p => p.Sequence is { } s && s <= Through(h, p.Source));
        Reached("after publish");
        return Task.FromResult(StateOf(h));
    }

    public Task PushAsync(OnlineViewPlan view, IReadOnlyList<RecordBatch> rows, string pushSource, long? sequence, CancellationToken cancellationToken)
    {
        var h = held[view.View.Name];
        if (sequence is { } s && (s <= Through(h, pushSource) || h.Pushed.Any(p => p.Source == pushSource && p.Sequence == s)))
        {
            return Task.CompletedTask;
        }

        h.Pushed.AddRange(Read(view, rows).Select(r => new Pushed(pushSource, sequence, r.Key, r.Row)));
        return Task.CompletedTask;
    }

    public Task RemoveAsync(string view, CancellationToken cancellationToken)
    {
        held.Remove(view);
        return Task.CompletedTask;
    }

    private void Write(OnlineViewPlan view, long part, string what, Action<Held> write)
    {
        var h = held[view.View.Name];
        var step = h.State.Step!;
        Assert.Equal(h.StepHash, view.DefinitionHash);
        Calls.Add($"{what} {part}");
        if (part < step.PartsDone)
        {
            return;
        }

        Assert.Equal(step.PartsDone, part);
        Reached($"before {what} {part}");
        write(h);
        h.State = h.State with { Step = step with { PartsDone = part + 1 } };
        Reached($"after {what} {part}");
    }

    private static OnlineViewState StateOf(Held h) => h.State.Step is { } step
        ? h.State with { Step = step with { Undecided = [.. h.Undecided.Select(k => (ReadOnlyMemory<byte>)Convert.FromHexString(k))] } }
        : h.State;

    private static long Through(Held h, string source) => h.State.Sources.Select(s => s.PushedThrough.GetValueOrDefault(source)).DefaultIfEmpty().Max();

    private static int Compare(Row one, Row other) => (one.Event, one.Available ?? 0).CompareTo((other.Event, other.Available ?? 0));

    private static IEnumerable<(string Key, Row Row)> Read(OnlineViewPlan view, IReadOnlyList<RecordBatch> batches)
    {
        foreach (var batch in batches)
        {
            var keys = new KeyEncoding(view.Entity).Of(batch);
            var events = CellReader.Moments(batch.Column(ViewQuery.Event), ViewQuery.Event);
            var available = view.View.Clocks.Available is null ? null : CellReader.Moments(batch.Column(ViewQuery.Available), ViewQuery.Available);
            var values = Enumerable.Range(0, batch.ColumnCount).Where(c => batch.Schema.GetFieldByIndex(c).Name.StartsWith("_value", StringComparison.Ordinal)).Select(batch.Column).ToList();
            for (var i = 0; i < batch.Length; i++)
            {
                yield return (Convert.ToHexString(keys[i]!.Value.Span), new Row(events(i), available?.Invoke(i), string.Join('|', values.Select(v => Text(v, i)))));
            }
        }
    }

    public static string Text(IArrowArray array, int i) => array.IsNull(i) ? "∅" : array switch
    {
        StringArray a => a.GetString(i),
        Int32Array a => $"{a.GetValue(i)}",
        Int64Array a => $"{a.GetValue(i)}",
        BooleanArray a => $"{a.GetValue(i)}",
        DoubleArray a => $"{a.GetValue(i):R}",
        _ => throw new InvalidOperationException(array.GetType().Name),
    };
}
