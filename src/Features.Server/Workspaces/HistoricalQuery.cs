using Features.Core.PointInTime;

namespace Features.Server.Workspaces;

/// <summary>Features as they were known at the moments of a spine's rows.</summary>
/// <param name="Spine">The rows to be joined to.</param>
public sealed record HistoricalQuery(Spine Spine)
{
    /// <summary>References, such as <c>view:feature</c> or <c>view:*</c>, in the order of their columns; after those of <see cref="Service"/>.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>A feature service, whose features are joined; null for none.</summary>
    public string? Service { get; init; }

    /// <summary>Call features <c>view__feature</c>; else a clash of names is an error.</summary>
    public bool FullNames { get; init; }

    /// <summary>Which snapshot of each table to read; tables that are not named are read at their current one.</summary>
    public IReadOnlyDictionary<string, long> Snapshots { get; init; } = new Dictionary<string, long>();

    /// <summary>Bytes that the join may hold beside the engine's own. Default 2 GiB; see <see cref="JoinOptions.MemoryBytes"/>.</summary>
    public long MemoryBytes { get; init; } = new JoinOptions().MemoryBytes;
}
