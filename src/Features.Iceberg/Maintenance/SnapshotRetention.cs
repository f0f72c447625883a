using System.Globalization;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Maintenance;

/// <summary>Which snapshots and refs go, by the rules of "Snapshot Retention Policy". A pure function of the metadata and the clock.</summary>
/// <param name="NowMs">The time of the decision: milliseconds since 1970-01-01 UTC.</param>
/// <param name="OlderThanMs">Snapshots older than this go, unless their branch says otherwise; null for <c>history.expire.max-snapshot-age-ms</c> (5 days) before now.</param>
/// <param name="RetainLast">How many a branch keeps at least, unless it says otherwise; null for <c>history.expire.min-snapshots-to-keep</c> (1).</param>
internal sealed record SnapshotRetention(long NowMs, long? OlderThanMs, int? RetainLast)
{
    private const long FiveDaysMs = 5L * 24 * 60 * 60 * 1000;

    /// <summary>What is to go; the snapshots in the metadata's order.</summary>
    /// <exception cref="InvalidTableArgumentException">A property that limits it is no number.</exception>
    public (IReadOnlyList<Snapshot> Snapshots, IReadOnlyList<string> Refs) Expired(TableMetadata metadata)
    {
        var refs = metadata.Refs.Where(r => r.Key != SnapshotRef.Main && IsOver(r.Value, metadata)).Select(r => r.Key).Order(StringComparer.Ordinal).ToList();
        var olderThan = OlderThanMs ?? NowMs - Limit(metadata, "history.expire.max-snapshot-age-ms", FiveDaysMs);
        var retainLast = RetainLast ?? (int)Math.Min(int.MaxValue, Limit(metadata, "history.expire.min-snapshots-to-keep", 1));
        var (kept, known) = (new HashSet<long>(), new HashSet<long>());
        foreach (var reference in metadata.Refs.Where(r => !refs.Contains(r.Key)).Select(r => r.Value).Concat(MainOf(metadata)))
        {
            var (ageLimit, least) = !reference.IsBranch
                ? (long.MaxValue, 1)
                : (reference.MaxSnapshotAgeMs is { } age ? NowMs - age : olderThan, reference.MinSnapshotsToKeep ?? retainLast);
            var (depth, isKeeping) = (0, true);
            foreach (var snapshot in AncestryOf(metadata, reference.SnapshotId, reference.IsBranch))
            {
                // The chain is cut at the first that may go: what lies behind it would have no way back.
                isKeeping = isKeeping && (depth++ < Math.Max(least, 1) || snapshot.TimestampMs >= ageLimit);
                known.Add(snapshot.SnapshotId);
                _ = isKeeping && kept.Add(snapshot.SnapshotId);
            }
        }

        // What no ref leads to was staged, or left behind by a rollback.
        return ([.. metadata.Snapshots.Where(s => !kept.Contains(s.SnapshotId) && (known.Contains(s.SnapshotId) || s.TimestampMs < olderThan))], refs);
    }

    /// <summary>Snapshots by id, which may not be the state of a branch or tag.</summary>
    /// <exception cref="NotFoundException">There is no such snapshot.</exception>
    /// <exception cref="InvalidTableArgumentException">A branch or tag stands on one.</exception>
    public static IReadOnlyList<Snapshot> Named(TableMetadata metadata, IEnumerable<long> ids, string table) =>
    [
        .. ids.Distinct().Select(id =>
        {
            var snapshot = metadata.FindSnapshot(id)
                ?? throw new NotFoundException("snapshot", id.ToString(CultureInfo.InvariantCulture), $"it may have expired already; see the history of table '{table}'");
            var holder = metadata.CurrentSnapshotId == id ? SnapshotRef.Main : metadata.Refs.FirstOrDefault(r => r.Value.SnapshotId == id).Key;
            return holder is null ? snapshot : throw new InvalidTableArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"snapshot {id} of table '{table}' cannot be expired: '{holder}' stands on it; move or remove that branch or tag first"));
        }),
    ];

    // What is expired cannot be brought back, so that a limit is never guessed.
    private static long Limit(TableMetadata metadata, string property, long otherwise) => !metadata.Properties.TryGetValue(property, out var text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : throw new InvalidTableArgumentException($"the property '{property}' of the table at '{metadata.Location}' is '{text}', which is no whole number from 0; set it right, then expire");

    private bool IsOver(SnapshotRef reference, TableMetadata metadata) =>
        metadata.FindSnapshot(reference.SnapshotId) is not { } snapshot
        || NowMs - snapshot.TimestampMs > (reference.MaxRefAgeMs ?? Limit(metadata, "history.expire.max-ref-age-ms", long.MaxValue));

    private static IEnumerable<Snapshot> AncestryOf(TableMetadata metadata, long id, bool isBranch)
    {
        var ancestry = new SnapshotAncestry(metadata).Of(metadata.FindSnapshot(id));
        return isBranch ? ancestry : ancestry.Take(1);
    }

    // Metadata of version 1 need not list refs.
    private static IEnumerable<SnapshotRef> MainOf(TableMetadata metadata) =>
        metadata.CurrentSnapshotId is { } id && !metadata.Refs.ContainsKey(SnapshotRef.Main) ? [new SnapshotRef(id, IsBranch: true)] : [];
}
