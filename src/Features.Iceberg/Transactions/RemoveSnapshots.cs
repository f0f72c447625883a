using System.Globalization;
using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>
/// Removes snapshots from the table's metadata, none of which a branch or tag may name; files stay. Ids that are not there (any more) are passed over. The snapshot log loses its entries up to the
/// last removed one, as a log with gaps would answer wrongly which snapshot was current when.
/// </summary>
public sealed class RemoveSnapshots(params IReadOnlyCollection<long> ids) : IAction
{
    /// <inheritdoc/>
    /// <exception cref="InvalidTableArgumentException">A branch or tag names one of them; all are listed.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var removed = metadata.Snapshots.Select(s => s.SnapshotId).Intersect(ids).ToHashSet();
        if (removed.Count == 0)
        {
            return Task.FromResult(metadata);
        }

        var named = metadata.Refs.Where(r => removed.Contains(r.Value.SnapshotId)).Select(r => string.Create(CultureInfo.InvariantCulture, $"'{r.Key}' names {r.Value.SnapshotId}")).ToList();
        if (named.Count > 0)
        {
            throw new InvalidTableArgumentException($"these snapshots of table '{context.TableName}' cannot be removed: {string.Join(", ", named)}; move or remove the branch or tag first");
        }

        var kept = metadata.Snapshots.Where(s => !removed.Contains(s.SnapshotId)).ToList();
        var standing = kept.Select(s => s.SnapshotId).ToHashSet();
        var lastGone = metadata.SnapshotLog.Select((e, i) => standing.Contains(e.SnapshotId) ? -1 : i).DefaultIfEmpty(-1).Max();
        return Task.FromResult(metadata with
        {
            Snapshots = kept,
            SnapshotLog = [.. metadata.SnapshotLog.Skip(lastGone + 1)],
            Unknown = metadata.Unknown.ToDictionary(u => u.Key, u => u.Key is "statistics" or "partition-statistics" ? Without(u.Value, removed) : u.Value),
        });
    }

    /// <summary>The statistics of the snapshots that stay.</summary>
    private static JsonNode? Without(JsonNode? statistics, HashSet<long> removed) => statistics is JsonArray array
        ? new JsonArray([.. array.Where(s => s?["snapshot-id"] is not JsonValue id || !id.TryGetValue<long>(out var number) || !removed.Contains(number)).Select(s => s?.DeepClone())])
        : statistics;
}
