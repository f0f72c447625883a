using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.PointInTime;

/// <summary>Streams a view's source into the kernel's columns. Rows of keys that the spine does not have are dropped as they come.</summary>
internal static class SourceReader
{
    public static async Task<(SourceRows Rows, IReadOnlyDictionary<int, SortedTexts> Texts)> ReadAsync(
        ISqlSession session, ViewQuery query, Schema schema, KeyReader keys, FeatureView view, CancellationToken cancellationToken)
    {
        CellReader.CheckClock(schema.GetFieldByName(ViewQuery.Event).DataType, view.Clocks.Event);
        var hasAvailable = view.Clocks.Available is not null;
        var rows = new SourceRows(query.Values.Count) { Available = hasAvailable ? new Cells() : null };
        var dictionaries = query.Values.Select(_ => new ByteDictionary()).ToList();
        var ids = System.Array.Empty<int>();
        await foreach (var batch in session.QueryAsync(query.Text, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                Buffers.Ensure(ref ids, batch.Length);
                keys.Read([.. query.Keys.Select(k => batch.Column(k))], ids.AsSpan(0, batch.Length), add: false);
                var events = CellReader.Moments(batch.Column(ViewQuery.Event), view.Clocks.Event);
                var available = hasAvailable ? CellReader.Moments(batch.Column(ViewQuery.Available), view.Clocks.Available!) : null;
                Append(batch, query, rows, ids, events, available, dictionaries);
            }
        }

        var texts = Enumerable.Range(0, query.Values.Count)
            .Where(v => schema.GetFieldByName(query.Values[v].Column).DataType is Apache.Arrow.Types.StringType)
            .ToDictionary(v => v, v => new SortedTexts(dictionaries[v]));
        return (texts.Count == 0 ? rows : rows.WithTexts(texts), texts);
    }

    private static void Append(RecordBatch batch, ViewQuery query, SourceRows rows, int[] ids, Func<int, long> events, Func<int, long>? available, List<ByteDictionary> dictionaries)
    {
        for (var i = 0; i < batch.Length; i++)
        {
            if (ids[i] >= 0)
            {
                rows.Keys.Add(ids[i]);
                rows.Events.Add(events(i));
                rows.Available?.Add(available!(i));
            }
        }

        for (var v = 0; v < query.Values.Count; v++)
        {
            var column = batch.Column(query.Values[v].Column);
            var read = CellReader.Of(column, dictionaries[v]);
            var cells = rows.Values[v];
            for (var i = 0; i < batch.Length; i++)
            {
                if (ids[i] < 0)
                {
                    continue;
                }

                if (column.IsNull(i))
                {
                    cells.AddNull();
                }
                else
                {
                    cells.Add(read(i));
                }
            }
        }
    }
}
