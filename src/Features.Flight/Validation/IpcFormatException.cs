namespace Features.Flight.Validation;

/// <summary>Bytes from the wire that are not what Arrow's format says, or more than is taken: nothing of them was used.</summary>
internal sealed class IpcFormatException : FormatException
{
    private const int MaxPlace = 200;

    public IpcFormatException(string fault)
        : base(fault)
    {
    }

    public IpcFormatException(string column, string fault)
        : base($"column '{Short(column)}': {fault}")
    {
    }

    /// <summary>A value that is at fault.</summary>
    /// <param name="column">The column's path.</param>
    /// <param name="row">The row within its batch; within the column's own values for what is nested.</param>
    /// <param name="fault">What is wrong with it.</param>
    public IpcFormatException(string column, long row, string fault)
        : base($"column '{Short(column)}', row {row} of its batch: {fault}")
    {
    }

    // Names are the sender's, and so is their length.
    private static string Short(string place) => place.Length <= MaxPlace ? place : $"{place[..MaxPlace]}…";
}
