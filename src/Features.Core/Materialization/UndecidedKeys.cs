using System.Globalization;
using Apache.Arrow;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.Materialization;

/// <summary>Keys that have to be put again, gathered in a session of their own while another streams; none is opened as long as there are no keys.</summary>
internal sealed class UndecidedKeys(ISqlEngine engine, Entity entity) : IAsyncDisposable
{
    private int relations;

    /// <summary>The session that has them; null while there are none.</summary>
    public ISqlSession? Session { get; private set; }

    /// <summary>SELECT: each once.</summary>
    public string Distinct
    {
        get
        {
            var names = Sql.Names(entity.Keys.Select(k => k.Name));
            return $"SELECT DISTINCT {names} FROM ({string.Join(" UNION ALL ", Enumerable.Range(0, relations).Select(r => $"SELECT {names} FROM {Name(r)}"))}) AS _undecided";
        }
    }

    /// <summary>Adds those keys of a part that are among some.</summary>
    public async Task AddAsync(RowPart part, IReadOnlyList<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
        {
            return;
        }

        Session ??= await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        var wanted = new KeySet(keys);
        var encoding = new KeyEncoding(entity);
        var schema = new Schema([.. entity.Keys.Select(k => part.Rows[0].Schema.GetFieldByName(k.Name))], null);
        await Session.AddBatchesAsync(Name(relations++), schema, Keys(), cancellationToken).ConfigureAwait(false);

        async IAsyncEnumerable<RecordBatch> Keys()
        {
            await Task.CompletedTask.ConfigureAwait(false);
            foreach (var batch in part.Rows)
            {
                foreach (var (start, length) in wanted.RunsIn(encoding.Of(batch)))
                {
                    using var slice = batch.SliceShared(start, length);
                    yield return new RecordBatch(schema, schema.FieldsList.Select(f => slice.Column(f.Name)), length).SliceShared(0, length);
                }
            }
        }
    }

    public ValueTask DisposeAsync() => Session?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Name(int relation) => string.Create(CultureInfo.InvariantCulture, $"_undecided{relation}");
}
