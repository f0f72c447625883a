namespace Features.Flight.Client;

/// <summary>How far a data set's load has come.</summary>
/// <param name="Fraction">From 0 to 1; of its rows.</param>
/// <param name="IsReady">Whether it is whole in the service's memory.</param>
/// <param name="TotalBytes">The bytes of what was asked for; -1 while they are unknown.</param>
public sealed record LoadProgress(double Fraction, bool IsReady, long TotalBytes);
