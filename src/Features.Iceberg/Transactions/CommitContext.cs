using Features.Iceberg.Catalogs;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Transactions;

/// <summary>What an attempt offers its actions: storage, clock, and a record of the files it wrote.</summary>
public sealed class CommitContext
{
    private readonly Table table;
    private readonly List<string> written = [];

    internal CommitContext(Table table, int attempt, long nowMs)
    {
        this.table = table;
        Attempt = attempt;
        NowMs = nowMs;
    }

    /// <summary>The table's name, for messages.</summary>
    public string TableName => table.Name;

    /// <summary>Where manifests are read and written.</summary>
    public IObjectStore Storage => table.Storage;

    /// <summary>The number of this attempt, from 1.</summary>
    public int Attempt { get; }

    /// <summary>The time of this attempt: milliseconds since 1970-01-01 UTC, never before the table's last change.</summary>
    public long NowMs { get; }

    /// <summary>The location of a new file in the table's metadata folder; it is removed if the attempt fails.</summary>
    public string NewMetadataFile(string name)
    {
        var location = $"{TableLocations.MetadataFolder(table.Metadata)}/{name}";
        written.Add(location);
        return location;
    }

    internal async Task RemoveWrittenAsync()
    {
        foreach (var location in written)
        {
            try
            {
                await Storage.DeleteAsync(location, CancellationToken.None).ConfigureAwait(false);
            }
            catch (IcebergException)
            {
                // The attempt's own failure is what the caller must see; a file that stays is an orphan, never part of the table.
            }
        }
    }
}
