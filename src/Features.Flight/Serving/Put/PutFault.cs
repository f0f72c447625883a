namespace Features.Flight.Serving.Put;

/// <summary>Kinds of refusal; each has its gRPC status.</summary>
public enum PutFault
{
    /// <summary>The request or the columns do not fit the target: INVALID_ARGUMENT.</summary>
    Unfit,

    /// <summary>The put's id was given to other rows: ALREADY_EXISTS.</summary>
    IdTaken,

    /// <summary>The rows are refused as a whole by what they pass through: FAILED_PRECONDITION.</summary>
    Rejected,

    /// <summary>They are taken in and wait, since something does not work now; put them again under their id: UNAVAILABLE.</summary>
    Waiting,
}
