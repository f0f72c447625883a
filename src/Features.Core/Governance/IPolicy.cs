namespace Features.Core.Governance;

/// <summary>Decides about a read before any data is touched. Asked at the edge of every read.</summary>
public interface IPolicy
{
    /// <summary>Allows or denies a read.</summary>
    ValueTask<PolicyDecision> DecideAsync(ReadRequest request, CancellationToken cancellationToken);
}

/// <summary>Who wants to read what, and for what.</summary>
/// <param name="Principal">Who asks; <c>local</c> where nobody has to authenticate.</param>
/// <param name="Action">Which door: scan, sql, historical, dataset, flight.info, flight.get, export, ingest.</param>
/// <param name="Resource">The table or training set.</param>
/// <param name="SnapshotId">The pinned snapshot; null if the resource has none.</param>
/// <param name="Columns">The columns that would be read.</param>
/// <param name="Purpose">What for; null if not said.</param>
public sealed record ReadRequest(string Principal, string Action, string Resource, long? SnapshotId, IReadOnlyList<string> Columns, string? Purpose)
{
    /// <summary>The tenant of who asks; null if there are none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The network address of who asks; null if it is not known.</summary>
    public string? Client { get; init; }

    /// <summary>The Flight ticket that is redeemed; null for none.</summary>
    public string? TicketId { get; init; }
}

/// <summary>The answer. <paramref name="OutcomeHash"/> names what the reader may see (rows, masks): equal hashes see equal data, so a cache entry belongs to one.</summary>
public sealed record PolicyDecision(bool Allowed, string Reason, string PolicyId, string OutcomeHash);
