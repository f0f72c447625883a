using Features.Core.Inbox;

namespace Features.Core.Ingestion;

/// <summary>What an attempt at a batch came to.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Outcome">How it ended; null if it was given back to be tried again.</param>
/// <param name="Postponed">Why it was given back; null if it ended.</param>
public sealed record IngestResult(ClaimedBatch Batch, BatchOutcome? Outcome, string? Postponed);
