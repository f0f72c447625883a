namespace Features.Flight.Client;

/// <summary>What became of the cancellation of a read.</summary>
public enum CancelOutcome
{
    /// <summary>The service does not say.</summary>
    Unspecified,

    /// <summary>It is cancelled.</summary>
    Cancelled,

    /// <summary>It is being cancelled.</summary>
    Cancelling,

    /// <summary>It cannot be cancelled.</summary>
    NotCancellable,
}
