namespace Features.Core.Inbox;

/// <summary>
/// What arrived and has to be done, durably: an event is acknowledged once it stands here. Each accepted object gets the next sequence number of its pipeline, once and for ever;
/// commits go in that order. Safe for several workers in several processes. Conformance suite: <c>InboxConformance</c>.
/// </summary>
public interface IInbox
{
    /// <summary>Names this inbox for ever; a table keeps the progress of each inbox apart, since sequences are an inbox's own.</summary>
    Task<string> GetIdAsync(CancellationToken cancellationToken);

    /// <summary>Takes an object's arrival in. Twice the same event, or twice the same version of an object, is one batch; but a new event for an object whose batch failed is a new batch.</summary>
    Task<Acceptance> AcceptAsync(Arrival arrival, CancellationToken cancellationToken);

    /// <summary>Leases the oldest batch that nobody holds; null if there is none.</summary>
    Task<ClaimedBatch?> ClaimAsync(string worker, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Extends a lease; false if it was lost to another worker.</summary>
    Task<bool> ExtendAsync(ClaimedBatch batch, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Gives a batch back without an outcome, to be claimed again by anybody after <paramref name="delay"/>. Nothing happens if the lease was lost.</summary>
    /// <param name="batch">The batch as it was claimed.</param>
    /// <param name="delay">How long nobody can claim it.</param>
    /// <param name="countAttempt">False if nothing went wrong (its turn had not come, or the host stops): the next claim then has the same <see cref="ClaimedBatch.Attempt"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task ReleaseAsync(ClaimedBatch batch, TimeSpan delay, bool countAttempt, CancellationToken cancellationToken);

    /// <summary>The unfinished batches of this batch's pipeline whose sequence lies between <paramref name="after"/> and its own, both excluded.</summary>
    Task<Predecessors> PredecessorsAsync(ClaimedBatch batch, long after, CancellationToken cancellationToken);

    /// <summary>Records the outcome; the batch is finished. Doing it twice changes nothing, nor does a holder that lost its lease.</summary>
    Task CompleteAsync(ClaimedBatch batch, BatchOutcome outcome, CancellationToken cancellationToken);

    /// <summary>The batches of a pipeline, or of all for null, oldest first.</summary>
    Task<IReadOnlyList<BatchRecord>> ListAsync(string? pipeline, CancellationToken cancellationToken);
}

/// <summary>An object that arrived for a pipeline.</summary>
/// <param name="Source">Who says so (CloudEvents <c>source</c>, or <c>cli</c>).</param>
/// <param name="EventId">The event's id within its source.</param>
/// <param name="Pipeline">The pipeline whose pattern matched.</param>
/// <param name="Location">The object's location.</param>
/// <param name="ETag">The object's version; a later version is another batch.</param>
/// <param name="SizeBytes">The object's size; null if not known.</param>
public sealed record Arrival(string Source, string EventId, string Pipeline, string Location, string ETag, long? SizeBytes);

/// <summary>The answer to an arrival: the batch it belongs to and whether that stood already.</summary>
public sealed record Acceptance(string Pipeline, long Sequence, bool Duplicate);

/// <summary>A batch held under a lease. <paramref name="Attempt"/> counts from 1; <paramref name="Token"/> fences a holder whose lease ran out.</summary>
public sealed record ClaimedBatch(string Pipeline, long Sequence, Arrival Arrival, int Attempt, long Token, string RunId);

/// <summary>How many batches before one are <paramref name="Unfinished"/>, and how many of those are <paramref name="Free"/>: nobody works on them, and they can be claimed now.</summary>
public sealed record Predecessors(int Unfinished, int Free);

/// <summary>How a batch ended. Snapshots are null where nothing was committed. <paramref name="Error"/> is null unless it failed.</summary>
public sealed record BatchOutcome(long Read, long Good, long Quarantined, long? Snapshot, long? QuarantineSnapshot, string? Error);

/// <summary>A batch as the inbox knows it. <paramref name="State"/>: pending, claimed, done, failed.</summary>
public sealed record BatchRecord(string Pipeline, long Sequence, Arrival Arrival, string State, int Attempts, BatchOutcome? Outcome, string RunId);
