namespace Features.Core.Governance;

/// <summary>Keeps what was asked and decided; records are chained by hash, so that a missing or changed one shows.</summary>
public interface IAuditLog
{
    /// <summary>Appends durably before the read goes on. Safe for several processes.</summary>
    Task AppendAsync(AuditRecord entry, CancellationToken cancellationToken);

    /// <summary>All records, oldest first, with the chain checked.</summary>
    /// <exception cref="AuditBrokenException">A record was changed, removed or reordered; the message names the first.</exception>
    IAsyncEnumerable<AuditRecord> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>One decision about a read; no data values. <paramref name="Rows"/> is the rows planned, or sent where bytes are said; null if not known.</summary>
public sealed record AuditRecord(DateTimeOffset At, ReadRequest Request, bool Allowed, string Reason, string PolicyId, string OutcomeHash, long? Rows)
{
    /// <summary>Bytes that were sent; null where none were, or not yet.</summary>
    public long? Bytes { get; init; }
}

/// <summary>The audit log's chain does not hold.</summary>
public sealed class AuditBrokenException(long seq, string fault)
    : FeaturesException("audit-broken", $"the audit log is broken at record {seq}: {fault}; restore it from a backup and keep the damaged file as evidence");

/// <summary>A read was denied.</summary>
public sealed class AccessDeniedException(ReadRequest request, PolicyDecision decision)
    : FeaturesException("denied", $"'{request.Principal}' may not read '{request.Resource}' ({request.Action}): {decision.Reason}; ask its owner for a grant (policy {decision.PolicyId})");
