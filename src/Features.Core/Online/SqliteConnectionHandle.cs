using SQLitePCL;

namespace Features.Core.Online;

/// <summary>One connection with its prepared statements, for one thread at a time. SQLite's own calls: a provider's layers above them cost more than the look-up.</summary>
internal sealed class SqliteConnectionHandle : IDisposable
{
    private const int WaitMilliseconds = 30_000;
    private const long MappedBytes = 1L << 34;
    private const long LogBytes = 64L << 20;
    private readonly string path;
    private readonly sqlite3 database;
    private readonly Dictionary<string, sqlite3_stmt> statements = [];
    private readonly sqlite3_stmt begin, commit, find;

    static SqliteConnectionHandle() => Batteries_V2.Init();

    private SqliteConnectionHandle(string path, sqlite3 database, bool create)
    {
        this.path = path;
        this.database = database;
        raw.sqlite3_busy_timeout(database, WaitMilliseconds);
        Execute($"PRAGMA mmap_size={MappedBytes}");
        Execute("PRAGMA synchronous=FULL");
        Execute($"PRAGMA journal_size_limit={LogBytes}");
        if (create)
        {
            Execute("PRAGMA journal_mode=WAL");
            Execute("CREATE TABLE IF NOT EXISTS entry (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID");
        }

        begin = Statement("BEGIN");
        commit = Statement("COMMIT");
        find = Statement("SELECT value FROM entry WHERE key = ?1");
    }

    /// <summary>Opens the file and makes it what it should be; where two processes do so at once, one waits.</summary>
    public static SqliteConnectionHandle Create(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException(path, fault.Message, "make room or correct the folder's permissions", isTransient: true, fault);
        }

        return OpenFile(path, create: true);
    }

    /// <summary>Opens a file that stands.</summary>
    public static SqliteConnectionHandle Open(string path) => OpenFile(path, create: false);

    /// <summary>The values of one state of the file. They share one buffer.</summary>
    public ReadOnlyMemory<byte>?[] Get(IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        var values = new ReadOnlyMemory<byte>?[keys.Count];
        Step(begin);
        try
        {
            Find(keys, values);
        }
        finally
        {
            Step(commit);
        }

        return values;
    }

    /// <summary>Changes the values in one step.</summary>
    public void Update(IReadOnlyList<ReadOnlyMemory<byte>> keys, Func<IReadOnlyList<ReadOnlyMemory<byte>?>, IReadOnlyList<ReadOnlyMemory<byte>?>> change) => InStep(() =>
    {
        var present = new ReadOnlyMemory<byte>?[keys.Count];
        Find(keys, present);
        var changed = change(present);
        if (changed.Count != keys.Count)
        {
            throw new InvalidOperationException($"{changed.Count} values for {keys.Count} keys");
        }

        var put = Statement("INSERT INTO entry VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value");
        var remove = Statement("DELETE FROM entry WHERE key = ?1");
        for (var i = 0; i < keys.Count; i++)
        {
            if (changed[i] is { } value)
            {
                if (present[i] is not { } old || !old.Span.SequenceEqual(value.Span))
                {
                    Bind(put, 1, keys[i].Span);
                    Bind(put, 2, value.Span);
                    Step(put);
                }
            }
            else if (present[i] is not null)
            {
                Bind(remove, 1, keys[i].Span);
                Step(remove);
            }
        }

        return 0;
    });

    /// <summary>Removes up to so many entries of a prefix; returns how many.</summary>
    public int Remove(ReadOnlyMemory<byte> prefix, int limit) => InStep(() =>
    {
        var statement = Statement("DELETE FROM entry WHERE key IN (SELECT key FROM entry WHERE key >= ?1 AND (?2 IS NULL OR key < ?2) ORDER BY key LIMIT ?3)");
        Bind(statement, 1, prefix.Span);
        BindEnd(statement, 2, prefix.Span);
        Check(raw.sqlite3_bind_int(statement, 3, limit));
        Step(statement);
        return raw.sqlite3_changes(database);
    });

    /// <summary>Some entries of a prefix from a key on, or after it.</summary>
    public List<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> Scan(ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> from, bool isAfter, int limit)
    {
        var statement = Statement($"SELECT key, value FROM entry WHERE key {(isAfter ? ">" : ">=")} ?1 AND (?2 IS NULL OR key < ?2) ORDER BY key LIMIT ?3");
        Bind(statement, 1, from.Span);
        BindEnd(statement, 2, prefix.Span);
        Check(raw.sqlite3_bind_int(statement, 3, limit));
        var page = new List<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>>();
        try
        {
            while (Check(raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
            {
                page.Add(new(raw.sqlite3_column_blob(statement, 0).ToArray(), raw.sqlite3_column_blob(statement, 1).ToArray()));
            }
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }

        return page;
    }

    public void Dispose()
    {
        foreach (var statement in statements.Values)
        {
            statement.Dispose();
        }

        database.Dispose();
    }

    private static SqliteConnectionHandle OpenFile(string path, bool create)
    {
        var code = raw.sqlite3_open_v2(path, out var database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0), null);
        if (code != raw.SQLITE_OK)
        {
            using (database)
            {
                throw Explain(path, code, database is null ? "" : raw.sqlite3_errmsg(database).utf8_to_string());
            }
        }

        try
        {
            return new SqliteConnectionHandle(path, database, create);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private void Find(IReadOnlyList<ReadOnlyMemory<byte>> keys, ReadOnlyMemory<byte>?[] values)
    {
        // One slab for all: where it is full, the next is begun, and what was handed out keeps the old one.
        var slab = System.Array.Empty<byte>();
        var used = 0;
        for (var i = 0; i < values.Length; i++)
        {
            Bind(find, 1, keys[i].Span);
            try
            {
                if (Check(raw.sqlite3_step(find)) != raw.SQLITE_ROW)
                {
                    continue;
                }

                var value = raw.sqlite3_column_blob(find, 0);
                if (value.Length > slab.Length - used)
                {
                    slab = GC.AllocateUninitializedArray<byte>(Math.Max(value.Length, Math.Min(1 << 16, (values.Length - i) * (value.Length + 32))));
                    used = 0;
                }

                value.CopyTo(slab.AsSpan(used));
                values[i] = slab.AsMemory(used, value.Length);
                used += value.Length;
            }
            finally
            {
                raw.sqlite3_reset(find);
            }
        }
    }

    private T InStep<T>(Func<T> work)
    {
        Step(Statement("BEGIN IMMEDIATE"));
        try
        {
            var result = work();
            Step(commit);
            return result;
        }
        catch
        {
            if (raw.sqlite3_get_autocommit(database) == 0)
            {
                Step(Statement("ROLLBACK"));
            }

            throw;
        }
    }

    private static void Bind(sqlite3_stmt statement, int index, ReadOnlySpan<byte> bytes) =>
        _ = bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, index, 0) : raw.sqlite3_bind_blob(statement, index, bytes);

    /// <summary>The least key after all with a prefix; null where there is none.</summary>
    private static void BindEnd(sqlite3_stmt statement, int index, ReadOnlySpan<byte> prefix)
    {
        var length = prefix.TrimEnd((byte)0xFF).Length;
        if (length == 0)
        {
            raw.sqlite3_bind_null(statement, index);
            return;
        }

        var end = prefix[..length].ToArray();
        end[^1]++;
        Bind(statement, index, end);
    }

    private sqlite3_stmt Statement(string sql)
    {
        if (!statements.TryGetValue(sql, out var statement))
        {
            Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
            statements.Add(sql, statement);
        }

        return statement;
    }

    private void Execute(string sql) => Check(raw.sqlite3_exec(database, sql));

    private void Step(sqlite3_stmt statement)
    {
        try
        {
            Check(raw.sqlite3_step(statement));
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    private int Check(int code) => code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE ? code : throw Explain(path, code, raw.sqlite3_errmsg(database).utf8_to_string());

    private static StateStoreException Explain(string path, int code, string message) => (code & 0xFF) switch
    {
        raw.SQLITE_FULL => new(path, "the disk is full", "free some space and repeat", isTransient: true),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new(path, $"another process held it for more than {WaitMilliseconds / 1000} s", "repeat when it has finished", isTransient: true),
        raw.SQLITE_IOERR => new(path, $"reading or writing failed ({message})", "check the disk and repeat", isTransient: true),
        raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT => new(path, "it is not a sound SQLite database", "remove it and materialise again", isTransient: false),
        _ => new(path, message, "check the file and its permissions", isTransient: false),
    };
}
