using Features.Core.Definitions;
using Features.Core.TrainingSets.Statistics;
using Features.Core.Transformations;

namespace Features.Core.TrainingSets;

/// <summary>What a training set was made of; enough to name it, audit it and make it again. JSON: <c>schemas/training-set</c>.</summary>
public sealed record TrainingSetManifest
{
    /// <summary>The set's name.</summary>
    public required string Name { get; init; }

    /// <summary>The table that holds its rows, <c>training.NAME</c>.</summary>
    public required string Table { get; init; }

    /// <summary>The table's snapshot.</summary>
    public required long SnapshotId { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary><c>sha256:HEX</c>, the Merkle root over the rows in <c>_row</c> order (<c>schemas/digest</c>).</summary>
    public required string Digest { get; init; }

    /// <summary>Each table that was read, pinned, and tagged <c>dataset/NAME</c>.</summary>
    public required IReadOnlyList<PinnedSource> Sources { get; init; }

    /// <summary>The columns and what each is for, in order.</summary>
    public required IReadOnlyList<TrainingColumn> Columns { get; init; }

    /// <summary>The definitions it was made by: <c>Kind/name</c> to the SHA-256 of their canonical JSON.</summary>
    public required IReadOnlyDictionary<string, string> Definitions { get; init; }

    /// <summary>When it was made (UTC). Not part of any digest.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What it was declared as; null in a set of an earlier release.</summary>
    public TrainingSet? Declared { get; init; }

    /// <summary>The set's moment: labels that were not known by then are left out. Null if the spine's tables had no snapshot, and in a set of an earlier release.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>Rows of the spine that were left out because their label was not known at <see cref="AsOf"/>.</summary>
    public long LeftOut { get; init; }

    /// <summary>What the policy allowed the maker to see of each source.</summary>
    public IReadOnlyList<PolicyOutcome> Policy { get; init; } = [];

    /// <summary>For a split by time, where each part but the last ends, exclusive; empty for others.</summary>
    public IReadOnlyList<DateTimeOffset> Boundaries { get; init; } = [];

    /// <summary>The transformations as they were learned, in order; <see cref="Transformer"/> applies them to other rows.</summary>
    public IReadOnlyList<FittedTransformation> Transformations { get; init; } = [];

    /// <summary>What the columns hold, and the label and the time within each part of the split; null in a set of an earlier release.</summary>
    public TrainingSetStatistics? Statistics { get; init; }
}

/// <summary>A policy's answer for one source. <paramref name="Outcome"/>: the hash that names what the maker could see (<c>PolicyDecision.OutcomeHash</c>).</summary>
public sealed record PolicyOutcome(string Table, string PolicyId, string Outcome);

/// <summary>A table at one snapshot.</summary>
public sealed record PinnedSource(string Table, Guid? Uuid, long Snapshot)
{
    /// <summary>The id of the schema that it was read with, for a table may be evolved without a new snapshot; null for the snapshot's own, as in a set of an earlier release.</summary>
    public int? Schema { get; init; }
}

/// <summary>A column of a training set. <paramref name="Role"/>: row, key, time, label, spine (carried along), spine_feature (known at the timestamp), feature (joined, or computed on demand), transformed (learned from another column), split. <paramref name="Source"/>: <c>view:feature</c> for a feature, else null.</summary>
public sealed record TrainingColumn(string Name, string Type, string Role, string? Source);
