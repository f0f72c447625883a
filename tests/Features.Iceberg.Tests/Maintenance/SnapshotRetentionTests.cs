using Features.Iceberg.Spec;

namespace Features.Iceberg.Maintenance;

/// <summary>The rules of retention, alone: a line of snapshots 1 to 6, made at 100, 200, …, with main on 6 unless said otherwise.</summary>
public sealed class SnapshotRetentionTests
{
    private const long Now = 1000;

    [Theory]
    [InlineData(350, 1, new long[] { 1, 2, 3 })]
    [InlineData(350, 5, new long[] { 1 })]
    [InlineData(10_000, 1, new long[] { 1, 2, 3, 4, 5 })]
    [InlineData(10_000, 6, new long[0])]
    [InlineData(100, 1, new long[0])]
    public void Main_KeepsWhatIsYoungAndTheLast(long olderThan, int last, long[] expired) => Assert.Equal(expired, Expired(Line(), olderThan, last));

    [Fact]
    public void Properties_DecideWhereNothingIsGiven()
    {
        var metadata = Line() with { Properties = new Dictionary<string, string> { ["history.expire.max-snapshot-age-ms"] = "450", ["history.expire.min-snapshots-to-keep"] = "2" } };
        Assert.Equal([1L, 2, 3, 4, 5], new SnapshotRetention(Now, null, null).Expired(metadata with { Properties = new Dictionary<string, string> { ["history.expire.max-snapshot-age-ms"] = "1" } }).Snapshots.Select(s => s.SnapshotId));
        Assert.Equal([1L, 2, 3, 4], new SnapshotRetention(Now + 5000, null, null).Expired(metadata).Snapshots.Select(s => s.SnapshotId));
        Assert.Equal([1L, 2, 3, 4, 5], new SnapshotRetention(Now, null, null).Expired(metadata with { Properties = new Dictionary<string, string> { ["history.expire.max-snapshot-age-ms"] = "390" } }).Snapshots.Select(s => s.SnapshotId));
        Assert.Empty(new SnapshotRetention(Now, null, null).Expired(Line()).Snapshots);
    }

    [Theory]
    [InlineData("history.expire.max-snapshot-age-ms", "30d")]
    [InlineData("history.expire.min-snapshots-to-keep", "-1")]
    [InlineData("history.expire.max-ref-age-ms", "never")]
    public void Property_ThatIsNoNumber_IsRefusedRatherThanGuessed(string property, string value)
    {
        var metadata = Line() with { Refs = Refs(("v", new SnapshotRef(2, IsBranch: false))), Properties = new Dictionary<string, string> { [property] = value } };
        var error = Assert.Throws<InvalidTableArgumentException>(() => new SnapshotRetention(Now, null, null).Expired(metadata));
        Assert.Contains($"'{property}'", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Property_BeyondAnInt_KeepsAll()
    {
        var metadata = Line() with { Properties = new Dictionary<string, string> { ["history.expire.min-snapshots-to-keep"] = "4294967297", ["history.expire.max-snapshot-age-ms"] = "1" } };
        Assert.Empty(new SnapshotRetention(Now, null, null).Expired(metadata).Snapshots);
    }

    [Fact]
    public void Tag_KeepsItsSnapshotAlone() => Assert.Equal([1L, 3, 4, 5], Expired(Line() with { Refs = Refs(("v", new SnapshotRef(2, IsBranch: false))) }, 10_000, 1));

    [Fact]
    public void Branch_KeepsByItsOwnSettings()
    {
        Assert.Equal([1L, 2, 5], Expired(Line() with { Refs = Refs(("b", new SnapshotRef(4, IsBranch: true, MinSnapshotsToKeep: 2))) }, 10_000, 1));
        Assert.Equal([1L, 5], Expired(Line() with { Refs = Refs(("b", new SnapshotRef(4, IsBranch: true, MaxSnapshotAgeMs: Now - 200))) }, 10_000, 1));
    }

    [Fact]
    public void Ref_OlderThanItMayBecome_GoesWithWhatOnlyItKept()
    {
        var metadata = Line() with { Refs = Refs(("old", new SnapshotRef(2, IsBranch: false, MaxRefAgeMs: 700)), ("young", new SnapshotRef(3, IsBranch: false, MaxRefAgeMs: 700))) };
        var (snapshots, refs) = new SnapshotRetention(Now, 10_000, 1).Expired(metadata);
        Assert.Equal(["old"], refs);
        Assert.Equal([1L, 2, 4, 5], snapshots.Select(s => s.SnapshotId));
    }

    [Fact]
    public void Snapshot_ThatNoRefLeadsTo_GoesByAgeAlone()
    {
        // Main was rolled back to 3, so that 4 to 6 lead nowhere.
        var metadata = Line() with { CurrentSnapshotId = 3, Refs = new Dictionary<string, SnapshotRef> { ["main"] = new(3, IsBranch: true) } };
        Assert.Equal([1L, 2, 4], Expired(metadata, 450, 1));
    }

    [Fact]
    public void SnapshotNamed_ThatABranchStandsOn_IsRefused()
    {
        var metadata = Line() with { Refs = Refs(("v", new SnapshotRef(2, IsBranch: false))) };
        Assert.Contains("'v' stands on it", Assert.Throws<InvalidTableArgumentException>(() => SnapshotRetention.Named(metadata, [2], "t")).Message, StringComparison.Ordinal);
        Assert.Contains("'main' stands on it", Assert.Throws<InvalidTableArgumentException>(() => SnapshotRetention.Named(metadata, [6], "t")).Message, StringComparison.Ordinal);
        Assert.Throws<NotFoundException>(() => SnapshotRetention.Named(metadata, [7], "t"));
        Assert.Equal([4L], SnapshotRetention.Named(metadata, [4, 4], "t").Select(s => s.SnapshotId));
    }

    private static IEnumerable<long> Expired(TableMetadata metadata, long olderThan, int last) => new SnapshotRetention(Now, olderThan, last).Expired(metadata).Snapshots.Select(s => s.SnapshotId);

    private static Dictionary<string, SnapshotRef> Refs(params (string Name, SnapshotRef Ref)[] refs) =>
        refs.Append(("main", new SnapshotRef(6, IsBranch: true))).ToDictionary(r => r.Item1, r => r.Item2);

    private static TableMetadata Line() => new()
    {
        FormatVersion = 2,
        TableUuid = Guid.Empty,
        Location = "/t",
        LastUpdatedMs = Now,
        LastColumnId = 1,
        Schemas = [new Schema(0, [new(1, "a", new PrimitiveType(PrimitiveKind.Int), false)], [])],
        CurrentSchemaId = 0,
        PartitionSpecs = [PartitionSpec.Unpartitioned],
        DefaultSpecId = 0,
        LastPartitionId = 999,
        CurrentSnapshotId = 6,
        Snapshots = [.. Enumerable.Range(1, 6).Select(i => new Snapshot(i, i == 1 ? null : i - 1, i, i * 100, $"/t/metadata/snap-{i}.avro", null, new Dictionary<string, string>(), 0))],
        Refs = Refs(),
    };
}
