using Features.Core.Inbox;

namespace Features.Core.Ingestion;

/// <summary>Is told how far a batch is: for progress and for fault points. What it throws stops the attempt as any error would.</summary>
public interface IIngestObserver
{
    /// <summary>Called when a step's effect is durable, before the next step begins; a step that has nothing to do is reached all the same (<see cref="IngestStep.Voided"/> only by a rejected batch).</summary>
    ValueTask ReachedAsync(IngestStep step, ClaimedBatch batch, CancellationToken cancellationToken);
}
