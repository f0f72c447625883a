using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.Sources;
using Features.Iceberg.Spec;

namespace Features.Core.Materialization;

/// <summary>Where a view goes next.</summary>
/// <param name="Target">To which states of its tables.</param>
/// <param name="IsFull">True if it must be read anew, whatever lies between.</param>
/// <param name="IsNewest">True if the target is the newest state.</param>
internal sealed record NextStep(IReadOnlyList<OnlineSource> Target, bool IsFull, bool IsNewest)
{
    /// <summary>Decides. A step that was begun comes first, to its own target, as long as that can be read; null if there is nothing to do.</summary>
    /// <param name="state">How far the view is; null if never materialised.</param>
    /// <param name="hash">The hash of its definition now.</param>
    /// <param name="newest">The newest states of its tables.</param>
    /// <param name="isForced">True to read it anew.</param>
    /// <param name="reads">The tables.</param>
    public static NextStep? Of(OnlineViewState? state, string hash, IReadOnlyList<OnlineSource> newest, bool isForced, IReadOnlyList<PinnedRead> reads)
    {
        if (state is null || state.DefinitionHash != hash)
        {
            return new NextStep(newest, IsFull: true, IsNewest: true);
        }

        var isPublished = state.Sources.Count > 0 && state.Sources.Select(s => (s.Table, s.Uuid)).SequenceEqual(newest.Select(s => (s.Table, s.Uuid)));
        if (state.Step is { } begun && (begun.IsFull || (isPublished && !isForced)) && CanRead(begun.Target, newest, reads))
        {
            return new NextStep(begun.Target, begun.IsFull, SourceStates.AreSame(begun.Target, newest));
        }

        // A step that is left behind has changed keys already, so that nothing but reading anew makes them whole.
        return isForced || !isPublished || state.Step is { IsFull: false } ? new NextStep(newest, IsFull: true, IsNewest: true)
            : SourceStates.AreSame(state.Sources, newest) && state.Step is null ? null
            : new NextStep(newest, IsFull: false, IsNewest: true);
    }

    private static bool CanRead(IReadOnlyList<OnlineSource> target, IReadOnlyList<OnlineSource> newest, IReadOnlyList<PinnedRead> reads) =>
        target.Count == newest.Count && target.Zip(newest, reads).All(t =>
            t.First.Table == t.Second.Table && t.First.Uuid == t.Second.Uuid
            && (t.First.SnapshotId == t.Second.SnapshotId || (t.First.SnapshotId is { } id && HasFiles(t.Third.Table.Metadata, id, t.Third.Plan.Snapshot))));

    // What left a folder since cannot be read, though the snapshot stands.
    private static bool HasFiles(TableMetadata metadata, long snapshot, Snapshot? newest) => metadata.FindSnapshot(snapshot) is not null
        && (!FolderSources.IsFolder(metadata) || (newest is not null && SnapshotDifference.OnlyAdds(metadata, snapshot, newest)));
}
