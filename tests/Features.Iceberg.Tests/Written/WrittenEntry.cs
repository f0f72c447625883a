namespace Features.Iceberg.Written;

/// <summary>An entry of a manifest: content 0 is data, 1 position deletes, 2 equality deletes; status 0 is existing, 1 added, 2 deleted; numbers inherited where they are.</summary>
internal sealed record WrittenEntry(string Path, int Content, int Status, long SnapshotId, long SequenceNumber, long FileSequenceNumber, long Records, long Bytes);
