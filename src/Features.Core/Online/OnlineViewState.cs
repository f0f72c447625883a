namespace Features.Core.Online;

/// <summary>How far a view is materialised.</summary>
/// <param name="View">The view's name.</param>
/// <param name="DefinitionHash">The hash of what its stored rows depend on: the view, its entity and its sources.</param>
/// <param name="Sources">The tables that are wholly in it, each at a snapshot.</param>
/// <param name="Frontier">Answers are exact for moments from here on (microseconds since 1970 UTC): the moment at which it was materialised, or that of the newest event if that is earlier.</param>
/// <param name="MaterializedAt">When the last step was taken (UTC).</param>
/// <param name="Keys">Keys that it holds.</param>
public sealed record OnlineViewState(string View, string DefinitionHash, IReadOnlyList<OnlineSource> Sources, long Frontier, DateTimeOffset MaterializedAt, long Keys)
{
    /// <summary>The last batch of each push source (by name) whose rows answer, by its sequence in the inbox; what lies behind its table's <see cref="OnlineSource.PushedThrough"/> answers from pushed rows alone.</summary>
    public IReadOnlyDictionary<string, long> Pushed { get; init; } = new Dictionary<string, long>();

    /// <summary>Whether rows answer that were pushed online only, which no table will hold.</summary>
    public bool HasOnlineOnlyRows { get; init; }

    /// <summary>A step that was begun and not finished, and how far it got; null for none.</summary>
    public OnlineStep? Step { get; init; }
}

/// <summary>A table at a snapshot. <paramref name="PushedThrough"/>: the last batch of each push source (by name) that the snapshot holds, by its sequence in the inbox.</summary>
public sealed record OnlineSource(string Table, Guid? Uuid, long? SnapshotId, IReadOnlyDictionary<string, long> PushedThrough);

/// <summary>A materialisation under way: into which sources it goes, whether anew (into a new generation that answers only when it is published), and how many of its parts (in their fixed order) are in.</summary>
public sealed record OnlineStep(IReadOnlyList<OnlineSource> Target, bool IsFull, long PartsDone)
{
    /// <summary>Keys (encoded) that <see cref="IOnlineViews.AddAsync"/> returned and that were not replaced since; the step cannot be published while there are any.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Undecided { get; init; } = [];
}
