namespace Features.Flight.Serving.DataPlane;

/// <summary>Why a call is to end before its last row.</summary>
internal enum CallEnd
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The client cancelled it, or its connection is gone: there is nobody to tell.</summary>
    Gone,

    /// <summary>The time that the client gave it is over.</summary>
    Deadline,

    /// <summary>The reader took nothing for too long.</summary>
    Stalled,

    /// <summary>The read was cancelled by CancelFlightInfo.</summary>
    Revoked,

    /// <summary>The service stops.</summary>
    Stopping,
}
