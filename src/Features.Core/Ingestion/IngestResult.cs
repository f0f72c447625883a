using Features.Core.Inbox;

namespace Features.Core.Ingestion;

/// <summary>What an attempt at a batch came to.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Outcome">How it ended; null if it was given back to be tried again.</param>
/// <param name="Postponed">Why it was given back; null if it ended.</param>
/// <param name="IsFault">True if it was given back because something went wrong, such as a full disk; false if it was merely early.</param>
public sealed record IngestResult(ClaimedBatch Batch, BatchOutcome? Outcome, string? Postponed, bool IsFault = false);
