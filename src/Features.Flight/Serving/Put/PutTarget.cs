namespace Features.Flight.Serving.Put;

/// <summary>Where a put goes.</summary>
/// <param name="Table">The table that gets the rows; what the policy is asked about.</param>
/// <param name="Via">What they pass through, as the sink calls it.</param>
public sealed record PutTarget(string Table, string Via);
