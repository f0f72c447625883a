namespace Features.Iceberg.Maintenance;

/// <summary>How far a long operation is.</summary>
/// <param name="Step">What is being done, in a few words for people.</param>
/// <param name="Done">Files (or groups of files) done in this step.</param>
/// <param name="Total">How many there are; null while that is not known.</param>
public sealed record MaintenanceProgress(string Step, long Done, long? Total);
