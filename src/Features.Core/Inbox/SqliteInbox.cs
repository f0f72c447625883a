using System.Text.Json;
using Features.Core.Lineage;
using Microsoft.Data.Sqlite;

namespace Features.Core.Inbox;

/// <summary>The inbox in one SQLite file, for the workers of one machine. An arrival is on disk before it is acknowledged.</summary>
public sealed class SqliteInbox(string path, TimeProvider clock) : IInbox
{
    // free_at: Unix milliseconds until which nobody may claim, either a lease (holder set) or a back-off (holder null).
    private readonly SqliteFile file = new(path, """
        CREATE TABLE IF NOT EXISTS batch (
            id INTEGER PRIMARY KEY,
            pipeline TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            source TEXT NOT NULL,
            event_id TEXT NOT NULL,
            location TEXT NOT NULL,
            etag TEXT NOT NULL,
            size_bytes INTEGER,
            run_id TEXT NOT NULL,
            accepted_at INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'open',
            attempts INTEGER NOT NULL DEFAULT 0,
            token INTEGER NOT NULL DEFAULT 0,
            holder TEXT,
            free_at INTEGER NOT NULL DEFAULT 0,
            outcome TEXT,
            UNIQUE (pipeline, sequence));
        CREATE UNIQUE INDEX IF NOT EXISTS batch_object ON batch (pipeline, location, etag) WHERE state <> 'failed';
        CREATE INDEX IF NOT EXISTS batch_open ON batch (id) WHERE state = 'open';
        CREATE TABLE IF NOT EXISTS event (source TEXT NOT NULL, event_id TEXT NOT NULL, pipeline TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (source, event_id, pipeline)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS inbox (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), id TEXT NOT NULL);
        INSERT OR IGNORE INTO inbox VALUES (1, lower(hex(randomblob(8))));
        """);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<string> GetIdAsync(CancellationToken cancellationToken) => file.ReadAsync(
        (connection, transaction) =>
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "SELECT id FROM inbox";
            return (string)command.ExecuteScalar()!;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<Acceptance> AcceptAsync(Arrival arrival, CancellationToken cancellationToken) => file.WriteAsync(
        (connection, transaction) =>
        {
            SqliteCommand Command(string sql) => With(connection, transaction, sql, arrival);
            using var known = Command("""
                SELECT sequence FROM event WHERE source = $source AND event_id = $event AND pipeline = $pipeline
                UNION ALL SELECT sequence FROM batch WHERE pipeline = $pipeline AND location = $location AND etag = $etag AND state <> 'failed' LIMIT 1
                """);
            if (known.ExecuteScalar() is not long standing)
            {
                using var insert = Command("""
                    INSERT INTO batch (pipeline, sequence, source, event_id, location, etag, size_bytes, run_id, accepted_at)
                    SELECT $pipeline, coalesce(max(sequence), 0) + 1, $source, $event, $location, $etag, $size, $run, $now FROM batch WHERE pipeline = $pipeline
                    RETURNING sequence
                    """);
                insert.Parameters.AddWithValue("$size", (object?)arrival.SizeBytes ?? DBNull.Value);
                insert.Parameters.AddWithValue("$run", RunId.New(clock));
                insert.Parameters.AddWithValue("$now", Now);
                var sequence = (long)insert.ExecuteScalar()!;
                Remember(sequence);
                return new Acceptance(arrival.Pipeline, sequence, Duplicate: false);
            }

            Remember(standing);
            return new Acceptance(arrival.Pipeline, standing, Duplicate: true);

            void Remember(long sequence)
            {
                using var remember = Command("INSERT OR IGNORE INTO event VALUES ($source, $event, $pipeline, $sequence)");
                remember.Parameters.AddWithValue("$sequence", sequence);
                remember.ExecuteNonQuery();
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<ClaimedBatch?> ClaimAsync(string worker, TimeSpan lease, CancellationToken cancellationToken) => file.WriteAsync(
        (connection, transaction) =>
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = """
                UPDATE batch SET attempts = attempts + 1, token = token + 1, holder = $worker, free_at = $until
                WHERE id = (SELECT id FROM batch WHERE state = 'open' AND free_at <= $now ORDER BY id LIMIT 1)
                RETURNING pipeline, sequence, source, event_id, location, etag, size_bytes, attempts, token, run_id
                """;
            command.Parameters.AddWithValue("$worker", worker);
            command.Parameters.AddWithValue("$now", Now);
            command.Parameters.AddWithValue("$until", Now + Milliseconds(lease));
            using var reader = command.ExecuteReader();
            return reader.Read() ? new ClaimedBatch(reader.GetString(0), reader.GetInt64(1), ReadArrival(reader), reader.GetInt32(7), reader.GetInt64(8), reader.GetString(9)) : null;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> ExtendAsync(ClaimedBatch batch, TimeSpan lease, CancellationToken cancellationToken) =>
        await UpdateHeldAsync(batch, "free_at = $until", [("$until", Now + Milliseconds(lease))], cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task ReleaseAsync(ClaimedBatch batch, TimeSpan delay, bool countAttempt, CancellationToken cancellationToken) =>
        UpdateHeldAsync(batch, "holder = NULL, free_at = $until, attempts = attempts - $uncounted", [("$until", Now + Milliseconds(delay)), ("$uncounted", countAttempt ? 0 : 1)], cancellationToken);

    /// <inheritdoc/>
    public Task<Predecessors> PredecessorsAsync(ClaimedBatch batch, long after, CancellationToken cancellationToken) => file.ReadAsync(
        (connection, transaction) =>
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "SELECT count(*), count(*) FILTER (WHERE free_at <= $now) FROM batch WHERE pipeline = $pipeline AND sequence > $after AND sequence < $sequence AND state = 'open'";
            command.Parameters.AddWithValue("$now", Now);
            command.Parameters.AddWithValue("$pipeline", batch.Pipeline);
            command.Parameters.AddWithValue("$after", after);
            command.Parameters.AddWithValue("$sequence", batch.Sequence);
            using var reader = command.ExecuteReader();
            reader.Read();
            return new Predecessors(reader.GetInt32(0), reader.GetInt32(1));
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task CompleteAsync(ClaimedBatch batch, BatchOutcome outcome, CancellationToken cancellationToken) => UpdateHeldAsync(
        batch,
        "holder = NULL, state = $state, outcome = $outcome",
        [("$state", outcome.Error is null ? "done" : "failed"), ("$outcome", JsonSerializer.Serialize(outcome))],
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BatchRecord>> ListAsync(string? pipeline, CancellationToken cancellationToken) => file.ReadAsync<IReadOnlyList<BatchRecord>>(
        (connection, transaction) =>
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = """
                SELECT pipeline, sequence, source, event_id, location, etag, size_bytes, attempts, outcome, run_id,
                    CASE WHEN state <> 'open' THEN state WHEN holder IS NOT NULL AND free_at > $now THEN 'claimed' ELSE 'pending' END
                FROM batch WHERE $pipeline IS NULL OR pipeline = $pipeline ORDER BY id
                """;
            command.Parameters.AddWithValue("$now", Now);
            command.Parameters.AddWithValue("$pipeline", (object?)pipeline ?? DBNull.Value);
            using var reader = command.ExecuteReader();
            var records = new List<BatchRecord>();
            while (reader.Read())
            {
                var outcome = reader.IsDBNull(8) ? null : JsonSerializer.Deserialize<BatchOutcome>(reader.GetString(8));
                records.Add(new BatchRecord(reader.GetString(0), reader.GetInt64(1), ReadArrival(reader), reader.GetString(10), reader.GetInt32(7), outcome, reader.GetString(9)));
            }

            return records;
        },
        cancellationToken);

    // The token fences: a holder whose lease ran out and whose batch was claimed again changes nothing.
    private Task<bool> UpdateHeldAsync(ClaimedBatch batch, string changes, (string Name, object Value)[] values, CancellationToken cancellationToken) => file.WriteAsync(
        (connection, transaction) =>
        {
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = $"UPDATE batch SET {changes} WHERE pipeline = $pipeline AND sequence = $sequence AND token = $token AND holder IS NOT NULL AND state = 'open'";
            command.Parameters.AddWithValue("$pipeline", batch.Pipeline);
            command.Parameters.AddWithValue("$sequence", batch.Sequence);
            command.Parameters.AddWithValue("$token", batch.Token);
            foreach (var (name, value) in values)
            {
                command.Parameters.AddWithValue(name, value);
            }

            return command.ExecuteNonQuery() > 0;
        },
        cancellationToken);

    private static SqliteCommand With(SqliteConnection connection, SqliteTransaction transaction, string sql, Arrival arrival)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.Parameters.AddWithValue("$source", arrival.Source);
        command.Parameters.AddWithValue("$event", arrival.EventId);
        command.Parameters.AddWithValue("$pipeline", arrival.Pipeline);
        command.Parameters.AddWithValue("$location", arrival.Location);
        command.Parameters.AddWithValue("$etag", arrival.ETag);
        return command;
    }

    private static Arrival ReadArrival(SqliteDataReader reader) =>
        new(reader.GetString(2), reader.GetString(3), reader.GetString(0), reader.GetString(4), reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetInt64(6));

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
