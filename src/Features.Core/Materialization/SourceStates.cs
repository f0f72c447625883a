using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Online;

namespace Features.Core.Materialization;

/// <summary>The states of tables as <see cref="OnlineSource"/>s.</summary>
internal static class SourceStates
{
    /// <summary>
    /// The state that was pinned. What was pushed is told by the inbox's progress in the table's metadata, which a commit changes together with the rows: it also counts batches that had no good row, and what came from push
    /// sources that are declared no more, whose rows may still be answering.
    /// </summary>
    public static OnlineSource Of(PinnedRead read, string inboxId)
    {
        var metadata = read.Table.Metadata;
        var pushed = Progress.OfAll(inboxId, metadata).Select(p => (Name: PushPipeline.SourceOf(p.Pipeline), p.Sequence)).Where(p => p.Name is not null && p.Sequence > 0);
        return new OnlineSource(read.Table.Identifier!.ToString(), metadata.TableUuid, read.Plan.Snapshot?.SnapshotId, pushed.ToDictionary(p => p.Name!, p => p.Sequence));
    }

    /// <summary>True if both lists name the same tables at the same snapshots, with the same pushed batches.</summary>
    public static bool AreSame(IReadOnlyList<OnlineSource> one, IReadOnlyList<OnlineSource> other) =>
        one.Count == other.Count && one.Zip(other).All(p => IsSameSnapshot(p.First, p.Second) && p.First.PushedThrough.Count == p.Second.PushedThrough.Count && p.First.PushedThrough.All(s => p.Second.PushedThrough.TryGetValue(s.Key, out var through) && through == s.Value));

    /// <summary>True if both are one table at one snapshot.</summary>
    public static bool IsSameSnapshot(OnlineSource one, OnlineSource other) => (one.Table, one.Uuid, one.SnapshotId) == (other.Table, other.Uuid, other.SnapshotId);

    public static IReadOnlyDictionary<string, long?> Snapshots(IEnumerable<OnlineSource> sources) => sources.ToDictionary(s => s.Table, s => s.SnapshotId);
}
