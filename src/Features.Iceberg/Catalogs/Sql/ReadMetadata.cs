using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs.Sql;

/// <summary>
/// Metadata files as they were read, by location. Only those whose name holds a uuid are remembered, since nobody writes such a name twice: the catalog's pointer says which one is current, and
/// a server that is asked for a table again and again reads and parses it once.
/// </summary>
internal sealed partial class ReadMetadata
{
    private const int MaxRemembered = 64;
    private readonly ConcurrentDictionary<string, TableMetadata> remembered = new(StringComparer.Ordinal);

    public async Task<TableMetadata> ReadAsync(IObjectStore storage, string location, CancellationToken cancellationToken)
    {
        if (remembered.TryGetValue(location, out var known))
        {
            return known;
        }

        var metadata = await TableMetadataJson.ReadAsync(storage, location, cancellationToken).ConfigureAwait(false);
        if (Uuid().IsMatch(location[(location.LastIndexOf('/') + 1)..]))
        {
            if (remembered.Count >= MaxRemembered)
            {
                remembered.Clear();
            }

            remembered[location] = metadata;
        }

        return metadata;
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.IgnoreCase)]
    private static partial Regex Uuid();
}
