namespace Features.Core.Governance;

/// <summary>Who reads, through which door, and for what.</summary>
/// <param name="Principal">Who asks; <c>local</c> where nobody has to authenticate.</param>
/// <param name="Action">Which door: scan, sql, historical, dataset, flight.info, flight.get, export, ingest.</param>
/// <param name="Purpose">What for; null if not said.</param>
public sealed record Reader(string Principal, string Action, string? Purpose = null)
{
    /// <summary>The workspace's one principal where nobody has to authenticate.</summary>
    public static Reader Local(string action) => new(LocalPolicy.Principal, action);
}
