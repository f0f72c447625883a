using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.Core.TrainingSets.Splits;
using Features.Core.Transformations;
using Schema = Apache.Arrow.Schema;

namespace Features.Core.TrainingSets;

/// <summary>
/// The rows of a training set as they are made: joined, shared out to the parts of the split, transformed by what was learned from the first. A function of the definitions, the pinned tables and the set's moment alone, so
/// that making it again gives the same rows. Dispose it when they are read.
/// </summary>
internal sealed class TrainingSetRows : IAsyncDisposable
{
    private TrainingSetRows(TrainingSet set, TrainingSetFeatures features, JoinedRows joined, SplitRule? split, Transformer transformer, DateTimeOffset? asOf, long leftOut)
    {
        (Set, Features, Joined, Split, Transformer, AsOf, LeftOut) = (set, features, joined, split, transformer, asOf, leftOut);
        var transformed = transformer.Over(joined.Schema);
        Schema = split is null ? transformed : new Schema([.. transformed.FieldsList, new Field(Definitions.Split.Column, StringType.Default, nullable: true)], null);
    }

    public TrainingSet Set { get; }

    public TrainingSetFeatures Features { get; }

    public JoinedRows Joined { get; }

    public SplitRule? Split { get; }

    public Transformer Transformer { get; }

    /// <summary>The set's moment.</summary>
    public DateTimeOffset? AsOf { get; }

    /// <summary>Rows of the spine whose label was not known at that moment.</summary>
    public long LeftOut { get; }

    /// <summary>The joined columns, the outputs of the transformations, and <c>_split</c> if there is a split.</summary>
    public Schema Schema { get; }

    /// <summary>What to join; the spine as it was declared.</summary>
    public static JoinRequest Request(DefinitionSet definitions, TrainingSet set, TrainingSetFeatures features, Reader reader) =>
        new(definitions, features.References, new SqlSpine(set.Spine, set.Timestamp), reader) { FullNames = set.FullNames, Trust = SqlTrust.Pipeline };

    /// <summary>Joins and learns.</summary>
    /// <param name="engine">Runs the SQL.</param>
    /// <param name="gate">What the tables were pinned through.</param>
    /// <param name="request">As <see cref="Request"/> says it.</param>
    /// <param name="set">What to make.</param>
    /// <param name="features">Its features.</param>
    /// <param name="reads">The tables, pinned for the request.</param>
    /// <param name="asOf">The set's moment.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<TrainingSetRows> MakeAsync(
        ISqlEngine engine, ReadGate gate, JoinRequest request, TrainingSet set, TrainingSetFeatures features, IReadOnlyList<PinnedRead> reads, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        var leftOut = await CountLeftOutAsync(engine, request.Definitions, set, reads, asOf, cancellationToken).ConfigureAwait(false);
        var labelled = request with { Spine = new SqlSpine(LabelMaturity.SpineOf(set, asOf), set.Timestamp) };
        var joined = await new HistoricalJoin(engine, gate).JoinAsync(labelled, reads, cancellationToken).ConfigureAwait(false);
        try
        {
            TrainingSetColumns.Check(set, joined.Schema);
            var split = set.Split is null ? null : await SplitAsync(set, features, joined, cancellationToken).ConfigureAwait(false);
            var transformer = await LearnAsync(set, joined, split, cancellationToken).ConfigureAwait(false);
            return new TrainingSetRows(set, features, joined, split, transformer, asOf, leftOut);
        }
        catch
        {
            await joined.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The tables that the spine reads.</summary>
    public static IReadOnlyList<PinnedRead> SpineOf(ISqlEngine engine, DefinitionSet definitions, TrainingSet set, IReadOnlyList<PinnedRead> reads)
    {
        var tables = ViewSource.OfSql(set.Spine, definitions, engine).Tables;
        return [.. reads.Where(r => tables.Contains(r.Table.Identifier!.ToString()))];
    }

    /// <summary>The rows in <c>_row</c> order; may be read more than once. The consumer disposes each batch.</summary>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in Joined.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var places = Split?.Assign(batch);
            var transformed = Transformer.Apply(batch);
            if (places is null)
            {
                yield return transformed;
                continue;
            }

            var parts = new StringArray.Builder().Reserve(batch.Length);
            foreach (var place in places)
            {
                _ = place == SplitRule.None ? parts.AppendNull() : parts.Append(Set.Split!.Parts[place].Name);
            }

            yield return new RecordBatch(Schema, [.. Enumerable.Range(0, transformed.ColumnCount).Select(transformed.Column), parts.Build()], transformed.Length);
        }
    }

    public ValueTask DisposeAsync() => Joined.DisposeAsync();

    private static async Task<SplitRule> SplitAsync(TrainingSet set, TrainingSetFeatures features, JoinedRows joined, CancellationToken cancellationToken)
    {
        var fit = new SplitFit(set, features.Keys, joined.Schema);
        while (!fit.IsDone)
        {
            await foreach (var batch in joined.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    fit.Add(batch);
                }
            }

            fit.EndPass();
        }

        return fit.Rule;
    }

    private static async Task<Transformer> LearnAsync(TrainingSet set, JoinedRows joined, SplitRule? split, CancellationToken cancellationToken)
    {
        var fit = new TransformationFit(set.Transformations, joined.Schema);
        var train = set.Split is { } declared ? SplitRule.TrainOf(declared) : 0;
        while (!fit.IsDone)
        {
            await foreach (var batch in joined.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    fit.Add(batch, split is null ? [] : [.. split.Assign(batch).Select(place => place == train)]);
                }
            }

            fit.EndPass();
        }

        return new Transformer(fit.Fitted);
    }

    private static async Task<long> CountLeftOutAsync(ISqlEngine engine, DefinitionSet definitions, TrainingSet set, IReadOnlyList<PinnedRead> reads, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        var spine = ViewSource.OfSql(set.Spine, definitions, engine).Relation;
        if (LabelMaturity.LeftOutOf(set, spine, asOf) is not { } count)
        {
            return 0;
        }

        var session = await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            foreach (var read in SpineOf(engine, definitions, set, reads))
            {
                await session.AddTableAsync(read.Table.Identifier!.ToString(), read.Plan, cancellationToken).ConfigureAwait(false);
            }

            var columns = await session.DescribeAsync($"SELECT * FROM {spine} AS _labelled", cancellationToken).ConfigureAwait(false);
            TrainingSetColumns.Check(set with { SpineFeatures = [], Transformations = [] }, columns);
            var rows = 0L;
            await foreach (var batch in session.QueryAsync(count, cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    rows += ((Int64Array)batch.Column(0)).Values[0];
                }
            }

            return rows;
        }
    }
}
