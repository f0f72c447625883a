namespace Features.Iceberg.Storage;

/// <summary>
/// The cache's files: <c>ab/KEY-LENGTH</c>, whole or absent. Whoever reads one keeps it open, which locks it (shared) against deletion by any process; deletion needs the lock alone.
/// When it was last used is its last-write time, so that a restart knows, and other processes too.
/// </summary>
internal sealed class CacheFolder
{
    private const string Partial = "partial";
    private const int MaxPublishAttempts = 1000;
    private static readonly TimeSpan PublishPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxScanAge = TimeSpan.FromSeconds(10);

    private readonly string root;
    private readonly long budget;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private long used;
    private long reserved;
    private DateTimeOffset scanned;

    public CacheFolder(string root, long budget, TimeProvider clock)
    {
        (this.root, this.budget, this.clock) = (root, budget, clock);
        var partial = Directory.CreateDirectory(Path.Combine(root, Partial));
        foreach (var left in partial.EnumerateFiles())
        {
            // Nobody holds what a killed process left behind.
            DeleteUnlessHeld(left.FullName);
        }
    }

    /// <summary>Opens a file, which keeps it in place until the stream is disposed; null if it is not there.</summary>
    public FileStream? TryOpen(string key)
    {
        var shard = ShardOf(key);
        if (!Directory.Exists(shard))
        {
            return null;
        }

        foreach (var path in Directory.EnumerateFiles(shard, key + "-*"))
        {
            try
            {
                var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 << 10, FileOptions.Asynchronous);
                if (stream.Length == LengthIn(path) && File.Exists(path))
                {
                    File.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime);
                    return stream;
                }

                // Cut short by a crash, or deleted just before it was locked.
                stream.Dispose();
                DeleteUnlessHeld(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Being deleted, or not ours to read: as if it were not there.
            }
        }

        return null;
    }

    /// <summary>Makes room; false if there is none, because the object is larger than the budget or the rest is held. Whoever gets room gives it back with <see cref="Release"/>.</summary>
    public bool TryReserve(long length, bool force)
    {
        lock (gate)
        {
            if (used + reserved + length > budget || clock.GetUtcNow() - scanned > MaxScanAge)
            {
                Scan(budget - reserved - length);
            }

            if (!force && used + reserved + length > budget)
            {
                return false;
            }

            reserved += length;
            return true;
        }
    }

    /// <summary>Gives room back; <paramref name="stored"/> if the object now stands in the folder.</summary>
    public void Release(long length, bool stored)
    {
        lock (gate)
        {
            reserved -= length;
            used += stored ? length : 0;
        }
    }

    /// <summary>Deletes until the budget is kept, if it is not: after the last lease of files that were larger than it.</summary>
    public void Trim()
    {
        lock (gate)
        {
            if (used + reserved > budget)
            {
                Scan(budget - reserved);
            }
        }
    }

    /// <summary>Stores a stream's bytes under a key, all or nothing, and opens them as <see cref="TryOpen"/> does: they cannot be evicted in between.</summary>
    public async Task<FileStream> StoreAsync(string key, Stream source, CancellationToken cancellationToken)
    {
        var length = source.Length;
        var partial = Path.Combine(root, Partial, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(ShardOf(key));
        var file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 0, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            try
            {
                await CopyAsync(source, file, cancellationToken).ConfigureAwait(false);
                if (file.Length != length)
                {
                    throw new IOException($"{file.Length} of {length} bytes came");
                }

                file.Flush(flushToDisk: true);
                File.SetLastWriteTimeUtc(partial, clock.GetUtcNow().UtcDateTime);
                return await PublishAsync(partial, key, length, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        }
    }

    /// <summary>Deletes a key's files; false if one is held.</summary>
    public bool Delete(string key)
    {
        var shard = ShardOf(key);
        var all = true;
        foreach (var path in Directory.Exists(shard) ? Directory.GetFiles(shard, key + "-*") : [])
        {
            all &= DeleteUnlessHeld(path);
        }

        return all;
    }

    // The writer holds the file until it is opened here, so that it cannot be deleted before. Another process may have been faster, and its file may be on its way out: then this one is offered again.
    private async Task<FileStream> PublishAsync(string partial, string key, long length, CancellationToken cancellationToken)
    {
        var path = Path.Combine(ShardOf(key), $"{key}-{length}");
        for (var attempt = 0; attempt < MaxPublishAttempts; attempt++)
        {
            try
            {
                DurableFiles.MoveWithoutReplacing(partial, path, path);
                return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 << 10, FileOptions.Asynchronous);
            }
            catch (AlreadyExistsException)
            {
                if (TryOpen(key) is { } faster)
                {
                    File.Delete(partial);
                    return faster;
                }
            }

            await Task.Delay(PublishPause, cancellationToken).ConfigureAwait(false);
        }

        throw new IOException($"'{path}' is there and cannot be opened; see who may read it");
    }

    // Four windows of a ranged stream at a time: it fetches them in parallel.
    private static async Task CopyAsync(Stream source, FileStream file, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)Math.Clamp(source.Length, 1, 16 << 20));
        try
        {
            for (int read; (read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool DeleteUnlessHeld(string path)
    {
        try
        {
            using (new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None, 0))
            {
                if (!OperatingSystem.IsWindows())
                {
                    File.Delete(path);
                    return true;
                }
            }

            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long LengthIn(string path) =>
        long.TryParse(path.AsSpan(path.LastIndexOf('-') + 1), System.Globalization.CultureInfo.InvariantCulture, out var length) ? length : -1;

    // Other processes add and delete too, so what is used is counted on disk; deletion goes on to a tenth below the aim, so that not every object needs a count.
    private void Scan(long aim)
    {
        var files = new DirectoryInfo(root).EnumerateDirectories().Where(shard => shard.Name != Partial).SelectMany(shard => shard.EnumerateFiles())
            .Select(file => (file.FullName, Length: LengthIn(file.Name), file.LastWriteTimeUtc)).ToList();
        used = files.Sum(file => file.Length);
        scanned = clock.GetUtcNow();
        if (used <= aim)
        {
            return;
        }

        foreach (var (path, length, _) in files.OrderBy(file => file.LastWriteTimeUtc))
        {
            if (used <= Math.Max(0, aim - (budget / 10)))
            {
                break;
            }

            used -= DeleteUnlessHeld(path) ? length : 0;
        }
    }

    private string ShardOf(string key) => Path.Combine(root, key[..2]);
}
