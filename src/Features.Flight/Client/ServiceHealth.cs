namespace Features.Flight.Client;

/// <summary>What a service says of itself.</summary>
/// <param name="Status"><c>serving</c> while it serves.</param>
/// <param name="BudgetBytes">Bytes of column memory that its data sets together may take.</param>
/// <param name="UsedBytes">Bytes that they take.</param>
/// <param name="Datasets">How many there are in memory.</param>
public sealed record ServiceHealth(string Status, long BudgetBytes, long UsedBytes, int Datasets);
