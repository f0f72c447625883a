using System.Text.RegularExpressions;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>What goes wrong with the next requests that fit.</summary>
/// <param name="Request">Fits the method and path, such as <c>^POST .*/tables/t$</c>.</param>
/// <param name="Status">The status answered; 0 breaks the connection.</param>
/// <param name="IsAfter">True: when the server has done what it was asked.</param>
/// <param name="Times">How many requests.</param>
/// <param name="Body">The body answered; null for an error of the specification's model.</param>
/// <param name="RetryAfter">The header; null for none.</param>
internal sealed record RestFault(Regex Request, int Status, bool IsAfter = false, int Times = 1, string? Body = null, string? RetryAfter = null)
{
    private int left = Times;

    public bool Takes(string request) => Request.IsMatch(request) && Interlocked.Decrement(ref left) >= 0;
}
