using System.Text.Json;
using Features.Core.Ingestion;
using Features.Iceberg.Storage;

namespace Features.Core.Sources;

/// <summary>The Parquet files of a folder, at one moment.</summary>
internal static class FolderListing
{
    private static readonly char[] Wildcards = ['*', '?'];

    /// <summary>The files by their location: of a folder, all <c>*.parquet</c> below it whose names begin with neither a dot nor an underscore (what writers call their unfinished and their own files); of a glob, what fits; of a file, itself.</summary>
    public static async Task<IReadOnlyList<FolderFile>> ReadAsync(IObjectStore store, string location, CancellationToken cancellationToken)
    {
        var wildcard = location.IndexOfAny(Wildcards);
        if (wildcard < 0 && location.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) && await store.StatAsync(location, cancellationToken).ConfigureAwait(false) is { } file)
        {
            return [Of(file)];
        }

        var prefix = wildcard < 0 ? location.TrimEnd('/') : location[..Math.Max(location.LastIndexOf('/', wildcard), 0)];
        var glob = wildcard < 0 ? null : new Glob(location[(prefix.Length + 1)..]);
        var files = new List<FolderFile>();
        await foreach (var listed in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            var key = Location.Below(Location.Canonical(prefix), Location.Canonical(listed.Location)) ?? listed.Location;
            if (glob?.IsMatch(key) ?? IsData(key))
            {
                files.Add(Of(listed));
            }
        }

        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return files;
    }

    public static async Task<IReadOnlyList<FolderFile>> LoadAsync(IObjectStore store, string location, CancellationToken cancellationToken)
    {
        var stream = await store.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            return await JsonSerializer.DeserializeAsync<List<FolderFile>>(stream, cancellationToken: cancellationToken).ConfigureAwait(false) ?? [];
        }
    }

    public static async Task SaveAsync(IObjectStore store, string location, IReadOnlyList<FolderFile> files, CancellationToken cancellationToken)
    {
        var writer = await store.CreateAsync(location, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await JsonSerializer.SerializeAsync(writer.Stream, files, cancellationToken: cancellationToken).ConfigureAwait(false);
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsData(string key) => key.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) && !key.Split('/').Any(segment => segment.StartsWith('.') || segment.StartsWith('_'));

    private static FolderFile Of(ObjectInfo file) => new(file.Location, file.Length, file.LastModified.ToUniversalTime());
}
