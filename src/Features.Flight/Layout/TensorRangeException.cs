namespace Features.Flight.Layout;

/// <summary>A number of the data is beyond the type of the tensor that was asked for: the data is whole, and the request cannot be met by it.</summary>
/// <param name="message">The column, the row, and what to do.</param>
internal sealed class TensorRangeException(string message) : FlightException(message, null, isTransient: false);
