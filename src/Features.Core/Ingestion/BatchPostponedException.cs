namespace Features.Core.Ingestion;

/// <summary>A batch cannot go on now but can later. <paramref name="isFault"/>: something is wrong (an attempt is counted), not merely early.</summary>
internal sealed class BatchPostponedException(string message, bool isFault) : FeaturesException("batch-postponed", message, isTransient: true)
{
    public bool IsFault { get; } = isFault;
}
