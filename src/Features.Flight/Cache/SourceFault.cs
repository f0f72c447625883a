namespace Features.Flight.Cache;

/// <summary>Why a source cannot read a data set that is there.</summary>
public enum SourceFault
{
    /// <summary>What it lies in could not be reached now; the same call may succeed later.</summary>
    Unreachable,

    /// <summary>What it is made of is missing, damaged or closed to the service; somebody has to mend that first.</summary>
    Unreadable,

    /// <summary>It is in a form that is not read.</summary>
    Unsupported,
}
