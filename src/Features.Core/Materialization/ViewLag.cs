using Features.Core.Online;
using Features.Iceberg;

namespace Features.Core.Materialization;

/// <summary>How far a view is, as against its tables.</summary>
/// <param name="View">The view.</param>
/// <param name="State">What it holds; null if it was never materialised.</param>
/// <param name="SnapshotsBehind">Snapshots that its tables have had since; null if it was never materialised, or they expired or were rolled back.</param>
/// <param name="IsOfOtherDefinition">True if the definition changed since, so that it will be read anew.</param>
public sealed record ViewLag(string View, OnlineViewState? State, long? SnapshotsBehind, bool IsOfOtherDefinition)
{
    internal static ViewLag Of(string view, OnlineViewState? state, string hash, IReadOnlyList<Table> tables)
    {
        long? behind = state is null || state.Sources.Count != tables.Count ? null : 0;
        foreach (var table in tables)
        {
            behind += state?.Sources.FirstOrDefault(s => s.Table == table.Identifier!.ToString()) is { } source && source.Uuid == table.Metadata.TableUuid ? Since(table, source.SnapshotId) : null;
        }

        return new ViewLag(view, state, behind, state is not null && state.DefinitionHash != hash);
    }

    private static long? Since(Table table, long? snapshot)
    {
        var (at, steps) = (table.Metadata.CurrentSnapshot, 0L);
        while (at is not null && at.SnapshotId != snapshot && steps <= table.Metadata.Snapshots.Count)
        {
            steps++;
            if (at.ParentId == snapshot)
            {
                // It may have expired; how far away it is is known all the same.
                return steps;
            }

            at = at.ParentId is { } parent ? table.Metadata.FindSnapshot(parent) : null;
        }

        return at?.SnapshotId == snapshot ? steps : null;
    }
}
