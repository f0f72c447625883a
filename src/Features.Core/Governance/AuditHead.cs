namespace Features.Core.Governance;

/// <summary>The end of an audit log: <paramref name="Seq"/> of the last record, 0 for none, and its hash in lower-case hex.</summary>
public sealed record AuditHead(long Seq, string Hash);
