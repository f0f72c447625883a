using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;

namespace Features.Core.PointInTime;

/// <summary>What to join to what.</summary>
/// <param name="Definitions">Where views and entities are looked up.</param>
/// <param name="Features">References <c>view:feature</c> or <c>view:*</c>, in the order in which their columns come out.</param>
/// <param name="Spine">The rows to be joined to.</param>
/// <param name="Reader">Who reads; asked of the policy for every table.</param>
public sealed record JoinRequest(DefinitionSet Definitions, IReadOnlyList<string> Features, Spine Spine, Reader Reader)
{
    /// <summary>Call features <c>view__feature</c>; else a clash of names is an error.</summary>
    public bool FullNames { get; init; }

    /// <summary>Whose SQL the spine and the views are: a person's by default; <see cref="SqlTrust.Pipeline"/> for definitions that were applied.</summary>
    public SqlTrust Trust { get; init; } = SqlTrust.User;

    /// <summary>Which snapshot of each table to read (<c>namespace.name</c> to snapshot id); tables that are not named are read at their current one.</summary>
    public IReadOnlyDictionary<string, long> Snapshots { get; init; } = new Dictionary<string, long>();
}

/// <summary>The rows that features are joined to: the entities' keys, a moment, and columns to carry along.</summary>
public abstract record Spine
{
    private protected Spine(string timestamp) => Timestamp = timestamp;

    /// <summary>The column that says as of when: a timestamp (without a zone: UTC) or a date.</summary>
    public string Timestamp { get; }
}

/// <summary>A spine as one SELECT over tables. Its rows have no order of their own, so they are put into the canonical row order (<c>schemas/digest</c>).</summary>
public sealed record SqlSpine(string Sql, string Timestamp) : Spine(Timestamp);

/// <summary>A spine as Arrow batches, whose order is kept. The batches are disposed when they are read.</summary>
public sealed record BatchSpine(Schema Schema, IAsyncEnumerable<RecordBatch> Batches, string Timestamp) : Spine(Timestamp);
