using Features.Iceberg.Catalogs;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Transactions;

/// <summary>What an attempt offers its actions: storage, clock, and a record of the files it wrote.</summary>
public sealed class CommitContext
{
    private readonly Table table;
    private readonly CommitFiles files;
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    internal CommitContext(Table table, int attempt, long nowMs, CommitFiles? files = null)
    {
        this.table = table;
        this.files = files ?? new CommitFiles(table.Storage);
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

    /// <summary>The location of a new file in the table's metadata folder; it is removed unless the commit that succeeds refers to it.</summary>
    public string NewMetadataFile(string name)
    {
        var location = NewDraftFile(name);
        used.Add(location);
        return location;
    }

    /// <summary>The location of a new file that counts as referred to only once <see cref="Use"/> says so.</summary>
    internal string NewDraftFile(string name)
    {
        var location = $"{TableLocations.MetadataFolder(table.Metadata)}/{name}";
        files.Add(location);
        return location;
    }

    /// <summary>The snapshots that this attempt has made so far, which are nobody else's.</summary>
    internal HashSet<long> OwnSnapshots { get; } = [];

    /// <summary>Says that this attempt refers to a file, whichever attempt wrote it.</summary>
    internal void Use(string location) => used.Add(location);

    /// <summary>True if this attempt wrote the file or refers to it.</summary>
    internal bool Uses(string location) => used.Contains(location);

    /// <summary>What an action keeps from one attempt of the transaction to the next.</summary>
    internal T Keep<T>(object owner, Func<T> make)
        where T : class => files.Keep(owner, make);

    internal Task RemoveWrittenAsync() => files.RemoveAllButAsync(new HashSet<string>());

    internal Task RemoveUnusedAsync() => files.RemoveAllButAsync(used);
}
