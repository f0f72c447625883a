using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;

namespace Features.Core.PointInTime;

/// <summary>The result of a join: one row for each row of the spine, in its order. Dispose it when the rows are read; it holds the engine's session, and the files of what did not fit in memory.</summary>
public sealed class JoinedRows : IAsyncDisposable
{
    private readonly ISqlSession session;
    private readonly SpineRelation spine;
    private readonly JoinParts parts;
    private readonly OnDemandRows onDemand;
    private readonly Schema joined;

    internal JoinedRows(ISqlSession session, SpineRelation spine, JoinRequest request, FeatureSelection selection, IReadOnlyList<PinnedRead> sources, JoinParts parts, OnDemandRows onDemand)
    {
        (this.session, this.spine, this.parts, this.onDemand) = (session, spine, parts, onDemand);
        RowCount = spine.Rows;
        Sources = sources;
        joined = new Schema([new Field(RowColumn, Int64Type.Default, nullable: false), .. spine.Schema.FieldsList.Skip(1), .. selection.Joined.Select(f => parts.FieldOf(f, onDemand.NameOf(f)))], null);
        Schema = onDemand.SchemaOf(joined);
        FeatureSources = selection.Features.Select(f => (Name: f.OutputName(request.FullNames), Reference: f.ToString()))
            .Concat(selection.OnDemand.Select(f => (Name: f.OutputName(request.FullNames), Reference: f.ToString())))
            .ToDictionary(f => f.Name, f => f.Reference);
    }

    /// <summary>The name of the first column: 0, 1, 2, …, the place in the spine.</summary>
    public const string RowColumn = "_row";

    /// <summary>Rows, as many as the spine has.</summary>
    public long RowCount { get; }

    /// <summary><c>_row</c>, the spine's columns, the features in the order in which they were asked for, those of on-demand views after the others.</summary>
    public Schema Schema { get; }

    /// <summary>Every table that was read, pinned; by name.</summary>
    public IReadOnlyList<PinnedRead> Sources { get; }

    /// <summary>Each feature's column, and the reference (<see cref="FeatureReference"/>) to what it holds: a feature of a view, or of an on-demand view.</summary>
    public IReadOnlyDictionary<string, string> FeatureSources { get; }

    /// <summary>The rows in the spine's order, as batches of about 16,384. May be read once or more, one reading at a time. The consumer disposes each batch.</summary>
    public IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken) => BatchesAhead.Of(onDemand.Over(JoinAsync(cancellationToken), cancellationToken), cancellationToken);

    private async IAsyncEnumerable<RecordBatch> JoinAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var row = 0L;
        using var cursor = parts.Open();
        await foreach (var batch in BatchesAhead.Of(session.QueryAsync(spine.Ordered, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            var numbers = (Int64Array)batch.Column(0);
            if (batch.Length > 0 && (numbers.Values[0] != row || numbers.Values[^1] != row + batch.Length - 1))
            {
                throw new InvalidOperationException($"the engine gave the spine's rows out of order at row {row}");
            }

            var features = cursor.Next((int)row, batch.Length);
            row += batch.Length;
            yield return new RecordBatch(joined, Enumerable.Range(0, batch.ColumnCount).Select(batch.Column).Concat(features), batch.Length);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        parts.Dispose();
        await onDemand.DisposeAsync().ConfigureAwait(false);
        await session.DisposeAsync().ConfigureAwait(false);
    }
}
