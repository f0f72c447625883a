using System.Globalization;
using Features.Iceberg.Storage;

namespace Features.DuckDb;

/// <summary>How much of the machine the engine may use, and how it reaches files.</summary>
public sealed record DuckDbEngineOptions
{
    /// <summary>Where trusted sessions spill what does not fit in memory; each engine makes a folder of its own in it and removes it when disposed. Default: the system's temporary folder.</summary>
    public string SpillDirectory { get; init; } = Path.GetTempPath();

    /// <summary>Bytes that all trusted sessions together may hold before they spill. Default 1 GiB.</summary>
    public long MemoryLimitBytes { get; init; } = 1L << 30;

    /// <summary>Bytes that each session of <see cref="Core.Engine.SqlTrust.User"/> may hold; it never spills, it fails. Default 512 MiB.</summary>
    public long UserMemoryLimitBytes { get; init; } = 512L << 20;

    /// <summary>Threads for one query; null for one per processor.</summary>
    public int? Threads { get; init; }

    /// <summary>Data files of tables on this machine; they are held while a session or a read needs them. Default: files that lie here, as they are.</summary>
    public ILocalFiles LocalFiles { get; init; } = new LocalFiles();

    /// <summary>Where deletion vectors are read, and data files that DuckDB has no exact types for. Default: local files.</summary>
    public IObjectStore Storage { get; init; } = new LocalObjectStore();

    internal string Limits(long memoryBytes) =>
        string.Create(CultureInfo.InvariantCulture, $"SET memory_limit = '{memoryBytes}B';") + (Threads is { } threads ? string.Create(CultureInfo.InvariantCulture, $"SET threads = {threads};") : "");
}
