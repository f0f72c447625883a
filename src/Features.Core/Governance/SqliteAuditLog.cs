using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Features.Core.Governance;

/// <summary>
/// The audit log in one SQLite file. Record n holds h(n) = SHA-256(h(n-1) ‖ event n) over the event's JSON, whose <c>seq</c> counts from 1 without a gap; the head (last seq and hash) stands
/// beside the records, so that a cut tail shows too. Who can rewrite the whole file can forge it: keep heads elsewhere (<see cref="HeadAsync"/>) where that matters.
/// </summary>
public sealed class SqliteAuditLog(string path, TimeProvider clock) : IAuditLog
{
    private const int PageSize = 500;

    private readonly SqliteFile file = new(path, """
        CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, event TEXT NOT NULL, hash BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS head (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL);
        INSERT OR IGNORE INTO head VALUES (1, 0, zeroblob(32));
        """);

    /// <inheritdoc/>
    public Task AppendAsync(AuditRecord entry, CancellationToken cancellationToken) => file.WriteAsync(
        (connection, transaction) =>
        {
            var (seq, previous) = ReadHead(connection, transaction);
            var json = AuditJson.Write(seq + 1, clock.GetUtcNow(), entry);
            var hash = Chain(previous, json);
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "INSERT INTO audit VALUES ($seq, $event, $hash); UPDATE head SET seq = $seq, hash = $hash";
            command.Parameters.AddWithValue("$seq", seq + 1);
            command.Parameters.AddWithValue("$event", json);
            command.Parameters.AddWithValue("$hash", hash);
            return command.ExecuteNonQuery();
        },
        cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<AuditRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = await HeadAsync(cancellationToken).ConfigureAwait(false);
        var (last, hash) = (0L, new byte[SHA256.HashSizeInBytes]);
        while (true)
        {
            var page = await file.ReadAsync((connection, transaction) => Page(connection, transaction, last, end.Seq), cancellationToken).ConfigureAwait(false);
            foreach (var (seq, json, stored) in page)
            {
                if (seq != last + 1)
                {
                    throw new AuditBrokenException(last + 1, $"it is missing (the next one is {seq})");
                }

                hash = Chain(hash, json);
                if (!hash.AsSpan().SequenceEqual(stored))
                {
                    throw new AuditBrokenException(seq, "its hash does not follow from its content and the record before it");
                }

                yield return AuditJson.Read(seq, json);
                last = seq;
            }

            if (page.Count < PageSize)
            {
                break;
            }
        }

        if (last != end.Seq || Convert.ToHexStringLower(hash) != end.Hash)
        {
            throw new AuditBrokenException(last + 1, $"the log ends before its head, record {end.Seq}");
        }
    }

    /// <summary>The last record's number (0 for none) and hash in lower-case hex. Kept outside, it proves later that nothing before it was changed.</summary>
    public Task<AuditHead> HeadAsync(CancellationToken cancellationToken) => file.ReadAsync(
        (connection, transaction) =>
        {
            var (seq, hash) = ReadHead(connection, transaction);
            return new AuditHead(seq, Convert.ToHexStringLower(hash));
        },
        cancellationToken);

    private static byte[] Chain(byte[] previous, string json) => SHA256.HashData([.. previous, .. Encoding.UTF8.GetBytes(json)]);

    private static (long Seq, byte[] Hash) ReadHead(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT seq, hash FROM head";
        using var reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : throw new AuditBrokenException(0, "its head is missing");
    }

    private static List<(long Seq, string Json, byte[] Hash)> Page(SqliteConnection connection, SqliteTransaction transaction, long after, long until)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT seq, event, hash FROM audit WHERE seq > $after AND seq <= $until ORDER BY seq LIMIT $page";
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$until", until);
        command.Parameters.AddWithValue("$page", PageSize);
        using var reader = command.ExecuteReader();
        var page = new List<(long, string, byte[])>();
        while (reader.Read())
        {
            page.Add((reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        }

        return page;
    }
}
