using System.Security.Cryptography;
using Features.Core.Governance;
using Features.Flight.Serving;
using Features.Server.Workspaces;

namespace Features.Server.Access;

/// <summary>One caller's question to the grants of <c>flight.grants</c>. What no grant says, nobody may.</summary>
internal sealed class GrantPolicy(IReadOnlyList<FlightGrantConfig> grants, FlightAccess access) : IPolicy
{
    private const string Id = "flight.grants";
    private static readonly string Nothing = $"sha256:{Convert.ToHexStringLower(SHA256.HashData("rows: none"u8))}";

    // Whoever may read a data set may plan that, and see that it is there.
    private static readonly Dictionary<FlightPurpose, string[]> Actions = new()
    {
        [FlightPurpose.List] = ["list", "read"],
        [FlightPurpose.Plan] = ["read"],
        [FlightPurpose.Read] = ["read"],
        [FlightPurpose.Warm] = ["warm"],
        [FlightPurpose.Pin] = ["pin"],
        [FlightPurpose.Evict] = ["evict"],
        [FlightPurpose.Put] = ["put"],
    };

    /// <inheritdoc/>
    public ValueTask<PolicyDecision> DecideAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        var actions = Actions[access.Purpose];
        var which = Enumerable.Range(0, grants.Count).FirstOrDefault(i => IsFor(grants[i]) && grants[i].Actions.Intersect(actions).Any() && grants[i].Datasets.Any(pattern => NamePattern.IsLike(access.Dataset, pattern)), -1);
        return ValueTask.FromResult(which < 0
            ? new PolicyDecision(false, $"no grant lets the caller {actions[0]} '{access.Dataset}'", Id, Nothing)
            : new PolicyDecision(true, $"grant {which + 1} lets the caller {actions[0]} it", $"{Id}[{which}]", LocalPolicy.Unmasked));
    }

    private bool IsFor(FlightGrantConfig grant) =>
        grant.Subject is { } subject ? NamePattern.IsLike(access.Subject, subject)
        : grant.Tenant is { } tenant ? access.Tenant is { } own && NamePattern.IsLike(own, tenant)
        : grant.Role is { } role && access.Roles.Any(own => NamePattern.IsLike(own, role));
}
