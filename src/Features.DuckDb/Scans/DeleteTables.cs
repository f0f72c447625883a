using Apache.Arrow;
using Apache.Arrow.Types;
using Features.DuckDb.Batches;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Scans;

namespace Features.DuckDb.Scans;

/// <summary>Row-level deletes as tables of a session: positions by file number, and keys by the columns that they compare. Filled before anyone's SQL runs.</summary>
internal sealed class DeleteTables(HiddenTables tables)
{
    private const int RowsPerBatch = 1 << 16;

    private static readonly Schema PositionColumns = new([new Field("file", Int64Type.Default, false), new Field("pos", Int64Type.Default, false)], null);

    /// <summary>Fills tables with the deletes of the files that have some; <see cref="AppliedDeletes.None"/> for the others. A file's number is its place in the list.</summary>
    internal async Task<IReadOnlyList<AppliedDeletes>> FillAsync(IReadOnlyList<FileScanTask> tasks, DeleteReader reader, CancellationToken cancellationToken)
    {
        if (tasks.All(t => t.Deletes.Count == 0))
        {
            return [.. tasks.Select(_ => AppliedDeletes.None)];
        }

        var applied = new AppliedDeletes[tasks.Count];
        var keys = new Dictionary<string, DeletedKeys>(StringComparer.Ordinal);
        var positions = default(string);
        using var open = new OpenAppender();
        for (var i = 0; i < applied.Length; i++)
        {
            var deletes = await reader.ReadAsync(tasks[i], cancellationToken).ConfigureAwait(false);
            if (deletes.Positions is { } deleted)
            {
                if (positions is null)
                {
                    (positions, open.Appender) = await tables.CreateAsync(PositionColumns, cancellationToken).ConfigureAwait(false);
                }

                var file = i;
                await tables.Connection.RunAsync(() => Append(open.Appender!, file, deleted), cancellationToken).ConfigureAwait(false);
            }

            var equalities = new List<DeletedKeys>();
            foreach (var equality in deletes.Equalities)
            {
                equalities.Add(await KeysAsync(equality, keys, cancellationToken).ConfigureAwait(false));
            }

            applied[i] = deletes.IsEmpty ? AppliedDeletes.None : new(deletes.Positions is null ? null : positions, equalities);
        }

        if (open.Appender is { } appender)
        {
            await tables.Connection.RunAsync(appender.Complete, cancellationToken).ConfigureAwait(false);
        }

        return applied;
    }

    private async Task<DeletedKeys> KeysAsync(EqualityDeletes equality, Dictionary<string, DeletedKeys> standing, CancellationToken cancellationToken)
    {
        // The same delete files have the same rows.
        var identity = string.Join('\n', equality.Files.Select(f => f.Location).Prepend(string.Join(',', equality.Key.AllFields().Select(f => f.Id))));
        if (standing.TryGetValue(identity, out var known))
        {
            return known;
        }

        var key = EngineNames.Of(equality.Key);
        var (table, appender) = await tables.CreateAsync(ArrowSchema.From(key), cancellationToken).ConfigureAwait(false);
        using (appender)
        {
            await tables.Connection.RunAsync(
                () =>
                {
                    foreach (var rows in equality.Rows)
                    {
                        appender.Append(rows);
                    }

                    appender.Complete();
                },
                cancellationToken).ConfigureAwait(false);
        }

        return standing[identity] = new(table, key);
    }

    private static void Append(BatchAppender appender, long file, DeletedPositions positions)
    {
        var (files, held) = (new long[RowsPerBatch], new long[RowsPerBatch]);
        System.Array.Fill(files, file);
        var count = 0;
        foreach (var position in positions)
        {
            held[count++] = position;
            if (count == RowsPerBatch)
            {
                Append(appender, files, held, count);
                count = 0;
            }
        }

        Append(appender, files, held, count);
    }

    private static void Append(BatchAppender appender, long[] files, long[] positions, int count)
    {
        if (count > 0)
        {
            using var batch = new RecordBatch(PositionColumns, [Longs(files, count), Longs(positions, count)], count);
            appender.Append(batch);
        }
    }

    private static Int64Array Longs(long[] values, int count) =>
        new(new ArrowBuffer(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan(0, count)).ToArray()), ArrowBuffer.Empty, count, 0, 0);

    // Disposed whether or not it was ever opened.
    private sealed class OpenAppender : IDisposable
    {
        public BatchAppender? Appender { get; set; }

        public void Dispose() => Appender?.Dispose();
    }
}
