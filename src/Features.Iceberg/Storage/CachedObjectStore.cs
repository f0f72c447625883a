using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Features.Iceberg.Storage;

/// <summary>
/// Keeps what is read of remote objects on local disk within a budget, the least recently used going first and never one that is in use. Only objects whose name holds a uuid are kept by
/// name, since nobody writes such a name twice; of others (<c>version-hint.text</c>, <c>v3.metadata.json</c>, migrated data files) a stream reads the store, and a fetched file is kept under
/// its length and time of change, which are asked for each time. Local locations pass through. Readers of one object share one download; several processes may share the folder.
/// It does not own the inner store.
/// </summary>
public sealed partial class CachedObjectStore : IObjectStore, ILocalFiles
{
    // A fetch may share the refusal of streams, whose limit is lower, before its own download begins.
    private const int Refusals = 16;

    private readonly IObjectStore inner;
    private readonly CacheOptions options;
    private readonly CacheFolder folder;
    private readonly SharedTasks<FileStream> downloads = new();
    private readonly LocalFiles local = new();
    private readonly ConcurrentDictionary<string, bool> doomed = new();

    /// <summary>Opens the cache; what a killed process left unfinished in its folder is deleted.</summary>
    /// <exception cref="StorageException">The folder cannot be made or written.</exception>
    public CachedObjectStore(IObjectStore inner, CacheOptions options, TimeProvider clock)
    {
        (this.inner, this.options) = (inner, options);
        try
        {
            folder = new CacheFolder(Path.GetFullPath(options.Folder), options.BudgetBytes, clock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LocalFault.Of(options.Folder, e);
        }
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        if (IsLocal(location) || !IsImmutable(location))
        {
            return await inner.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        }

        Stream? unkept = null;
        try
        {
            var key = KeyOf(location);
            var kept = await LeaseAsync(key, refusals: 1, token => DownloadAsync(key, location, options.LargestWholeReadBytes, stream => unkept = stream, token), cancellationToken)
                .ConfigureAwait(false);
            return kept ?? unkept ?? await inner.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            unkept?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<LocalFile> FetchAsync(string location, CancellationToken cancellationToken)
    {
        if (IsLocal(location))
        {
            return await local.FetchAsync(location, cancellationToken).ConfigureAwait(false);
        }

        var key = IsImmutable(location) ? KeyOf(location) : await KeyOfVersionAsync(location, cancellationToken).ConfigureAwait(false);
        var file = await LeaseAsync(key, Refusals, token => DownloadAsync(key, location, long.MaxValue, null, token), cancellationToken).ConfigureAwait(false)
            ?? throw new StorageException(location, "it left the cache before it could be read", "give the cache a larger budget", true);
        return new LocalFile(file.Name, () =>
        {
            file.Dispose();
            if (doomed.ContainsKey(key) && folder.Delete(key))
            {
                doomed.TryRemove(key, out _);
            }

            folder.Trim();
        });
    }

    /// <inheritdoc/>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => inner.CreateAsync(location, cancellationToken);

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => inner.StatAsync(location, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    /// <summary>Deletes an object, and what the cache holds of it: at once, or when the last lease of it ends.</summary>
    public async Task<bool> DeleteAsync(string location, CancellationToken cancellationToken)
    {
        var key = IsLocal(location) ? null
            : IsImmutable(location) ? KeyOf(location)
            : await inner.StatAsync(location, cancellationToken).ConfigureAwait(false) is { } info ? KeyOf(location, info) : null;
        var existed = await inner.DeleteAsync(location, cancellationToken).ConfigureAwait(false);
        if (key is not null && !folder.Delete(key))
        {
            doomed[key] = true;
        }

        return existed;
    }

    private static bool IsLocal(string location) => Location.SchemeOf(location) is null or "file";

    private static bool IsImmutable(string location) => Uuid().IsMatch(location.AsSpan(location.LastIndexOf('/') + 1));

    /// <summary>The object's file, opened, and fetched if it is not there; null if it was refused so many times.</summary>
    private async Task<FileStream?> LeaseAsync(string key, int refusals, Func<CancellationToken, Task<FileStream?>> download, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (refusals > 0)
        {
            if (folder.TryOpen(key) is { } file)
            {
                return file;
            }

            // What was downloaded is held open until each caller has opened it too, so that no other can evict it before.
            var (wasRefused, leased) = await downloads.RunAsync(key, download, held => (held is null, held is null ? null : folder.TryOpen(key)), cancellationToken).ConfigureAwait(false);
            if (leased is not null)
            {
                return leased;
            }

            refusals -= wasRefused ? 1 : 0;
        }

        return null;
    }

    /// <summary>The object's file, fetched and opened; null if the cache has no room for what a stream reads, which is then handed over.</summary>
    private async Task<FileStream?> DownloadAsync(string key, string location, long largest, Action<Stream>? handOver, CancellationToken cancellationToken)
    {
        // Between a caller's look into the folder and its turn another may have fetched it.
        if (folder.TryOpen(key) is { } there)
        {
            return there;
        }

        var source = await inner.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        var length = source.Length;
        if (handOver is not null && (length > largest || !folder.TryReserve(length, force: false)))
        {
            handOver(source);
            return null;
        }

        await using (source.ConfigureAwait(false))
        {
            _ = handOver is not null || folder.TryReserve(length, force: true);
            FileStream? stored = null;
            try
            {
                return stored = await folder.StoreAsync(key, source, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw LocalFault.Of(location, e);
            }
            finally
            {
                folder.Release(length, stored is not null);
            }
        }
    }

    private async Task<string> KeyOfVersionAsync(string location, CancellationToken cancellationToken) =>
        KeyOf(location, await inner.StatAsync(location, cancellationToken).ConfigureAwait(false) ?? throw new NotFoundException("file", location, "check the location, and relocate it if the table was moved"));

    private string KeyOf(string location, ObjectInfo? version = null) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Store}\n{Location.Canonical(location)}\n{version?.Length}\n{version?.LastModified.UtcTicks}")))[..40];

    [GeneratedRegex("[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}", RegexOptions.CultureInvariant)]
    private static partial Regex Uuid();
}
