using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;

namespace Features.Core.PointInTime;

/// <summary>The result of a join: one row for each row of the spine, in its order. Dispose it when the rows are read; it holds the engine's session.</summary>
public sealed class JoinedRows : IAsyncDisposable
{
    private readonly ISqlSession session;
    private readonly string spineRows;
    private readonly IReadOnlyList<JoinedColumn> features;

    internal JoinedRows(ISqlSession session, string spineRows, Schema spine, long rows, IReadOnlyList<PinnedRead> sources, IReadOnlyList<JoinedColumn> features)
    {
        this.session = session;
        this.spineRows = spineRows;
        this.features = features;
        RowCount = rows;
        Sources = sources;
        Schema = new Schema([new Field(RowColumn, Int64Type.Default, nullable: false), .. spine.FieldsList.Skip(1), .. features.Select(f => new Field(f.Name, f.Type, nullable: f.Feature.Feature.Aggregate != Aggregate.Count))], null);
        FeatureSources = features.ToDictionary(f => f.Name, f => f.Feature.ToString());
    }

    /// <summary>The name of the first column: 0, 1, 2, …, the place in the spine.</summary>
    public const string RowColumn = "_row";

    /// <summary>Rows, as many as the spine has.</summary>
    public long RowCount { get; }

    /// <summary><c>_row</c>, the spine's columns, the features in the order in which they were asked for.</summary>
    public Schema Schema { get; }

    /// <summary>Every table that was read, pinned; by name.</summary>
    public IReadOnlyList<PinnedRead> Sources { get; }

    /// <summary>Each feature's column, and the <c>view:feature</c> that it holds.</summary>
    public IReadOnlyDictionary<string, string> FeatureSources { get; }

    /// <summary>The rows in the spine's order. May be read once or more. The consumer disposes each batch.</summary>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var row = 0L;
        await foreach (var spine in session.QueryAsync(spineRows, cancellationToken).ConfigureAwait(false))
        {
            var numbers = (Int64Array)spine.Column(0);
            if (spine.Length > 0 && (numbers.Values[0] != row || numbers.Values[^1] != row + spine.Length - 1))
            {
                throw new InvalidOperationException($"the engine gave the spine's rows out of order at row {row}");
            }

            var start = (int)row;
            row += spine.Length;
            var columns = Enumerable.Range(0, spine.ColumnCount).Select(spine.Column).Concat(features.Select(f => f.Slice(start, spine.Length)));
            yield return new RecordBatch(Schema, columns, spine.Length);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => session.DisposeAsync();
}
