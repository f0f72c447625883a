using System.Security.Cryptography;

namespace Features.Core.Governance;

/// <summary>The policy of a workspace without authentication: its one principal, <c>local</c>, may read everything, unmasked; nobody else may read anything.</summary>
public sealed class LocalPolicy : IPolicy
{
    /// <summary>The principal of a workspace where nobody has to authenticate.</summary>
    public const string Principal = "local";

    /// <summary>The outcome of a reader who may see every row and every value as it is.</summary>
    public static string Unmasked { get; } = OutcomeOf("rows: all; masks: none"u8);

    private const string Id = "local may";
    private static readonly string Nothing = OutcomeOf("rows: none"u8);

    /// <inheritdoc/>
    public ValueTask<PolicyDecision> DecideAsync(ReadRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(
        request.Principal == Principal
            ? new PolicyDecision(true, "the workspace has no authentication, so its one principal may read", Id, Unmasked)
            : new PolicyDecision(false, $"this workspace knows the principal '{Principal}' only, since no authentication is configured", Id, Nothing));

    private static string OutcomeOf(ReadOnlySpan<byte> outcome) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(outcome))}";
}
