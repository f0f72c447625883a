namespace Features.Core.Cleaning;

/// <summary>A batch can never be ingested as it is: its file or its pipeline has to change. The batch fails, the others go on.</summary>
public sealed class BatchRejectedException(string message, Exception? inner = null) : FeaturesException("batch-rejected", message, false, inner);
