using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.Registry;
using Features.Core.Transformations;
using Microsoft.Extensions.Time.Testing;

namespace Features.Core.Tests.Online;

/// <summary>A store, one view and what answers, without an engine: rows come as the view's query would give them.</summary>
internal sealed class OnlineWorld : IAsyncDisposable
{
    private readonly MemoryAudit audit = new();

    public OnlineWorld(IOnlineStore store, FeatureView view, Entity entity, IReadOnlyList<IArrowType> values, DateTimeOffset? now = null, int mostLoose = KeyMerge.MostLoose, Engine.ISqlEngine? engine = null)
    {
        Clock = new FakeTimeProvider(now ?? DateTimeOffset.UnixEpoch.AddDays(20_000));
        Store = store;
        Views = new OnlineViews(store, Clock) { MostLoose = mostLoose };
        Definitions = new DefinitionSet([entity, view]);
        Schema = SchemaOf(view, entity, values);
        Plan = new OnlineViewPlan(view, entity, Schema, "hash");
        Features = new OnlineFeatures(new OnlinePorts { Registry = new FixedRegistry(this), Store = store, Engine = engine!, Policy = new LocalPolicy(), Audit = audit, Clock = Clock, TransformerOf = (name, cancellationToken) => TransformerOf!(name, cancellationToken) });
    }

    public FakeTimeProvider Clock { get; }

    public IOnlineStore Store { get; }

    public OnlineViews Views { get; }

    public OnlineFeatures Features { get; }

    public DefinitionSet Definitions { get; set; }

    public Schema Schema { get; }

    public OnlineViewPlan Plan { get; }

    public Func<string, CancellationToken, Task<Transformer>>? TransformerOf { get; set; }

    public IReadOnlyList<AuditRecord> Audited => audit.Records;

    public static Reader Reader { get; } = Reader.Local("online");

    public static OnlineSource Source(long snapshot, long pushedThrough = -1) =>
        new("t.rows", Guid.Empty, snapshot, pushedThrough < 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { ["push"] = pushedThrough });

    public static Schema SchemaOf(FeatureView view, Entity entity, IReadOnlyList<IArrowType> values) => new(
        [
            .. entity.Keys.Select(k => new Field(k.Name, ReadPlan.ArrowOf(k.Type), true)), new Field("_event", new TimestampType(TimeUnit.Microsecond, (string?)null), true),
            .. view.Clocks.Available is null ? [] : new[] { new Field("_available", new TimestampType(TimeUnit.Microsecond, (string?)null), true) },
            .. values.Select((t, i) => new Field($"_value{i}", t, true)),
        ],
        null);

    /// <summary>Rows as a batch: key, event, available, values.</summary>
    public RecordBatch Batch(IReadOnlyList<(FeatureValue[] Keys, long Event, long? Available, FeatureValue[] Values)> rows)
    {
        var columns = new List<IArrowArray>();
        for (var f = 0; f < Schema.FieldsList.Count; f++)
        {
            columns.Add(FeatureArrays.Build(Schema.GetFieldByIndex(f).DataType, [.. rows.Select(r => Cells(r)[f])]));
        }

        return new RecordBatch(Schema, columns, rows.Count);

        FeatureValue[] Cells((FeatureValue[] Keys, long Event, long? Available, FeatureValue[] Values) row) =>
            [.. row.Keys, FeatureValue.OfTimestamp(row.Event), .. Plan.View.Clocks.Available is null ? [] : new[] { FeatureValue.OfTimestamp(row.Available!.Value) }, .. row.Values];
    }

    public async Task<OnlineAnswer> GetAsync(long? at, params (string Name, FeatureValue[] Values)[] entities) => await Features.GetAsync(
        new OnlineRequest { Features = [$"{Plan.View.Name}:*"], At = at is { } micros ? DateTimeOffset.UnixEpoch.AddTicks(micros * 10) : null, Entities = entities.ToDictionary(e => e.Name, e => (IReadOnlyList<FeatureValue>)e.Values) },
        Reader, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Features.DisposeAsync();

    private sealed class FixedRegistry(OnlineWorld world) : IRegistry
    {
        public Task<RegistryPlan> PlanAsync(RegistryRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RegistryPlan> ApplyAsync(RegistryRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<DefinitionVersion>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<DefinitionSet> LoadAsync(CancellationToken cancellationToken) => Task.FromResult(world.Definitions);

        public Task<IReadOnlyList<DefinitionVersion>> HistoryAsync(string kind, string name, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class MemoryAudit : IAuditLog
    {
        public List<AuditRecord> Records { get; } = [];

        public Task AppendAsync(AuditRecord entry, CancellationToken cancellationToken)
        {
            lock (Records)
            {
                Records.Add(entry);
            }

            return Task.CompletedTask;
        }

        public async IAsyncEnumerable<AuditRecord> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            foreach (var record in Records)
            {
                yield return record;
            }
        }
    }
}
