using System.Collections.Frozen;
using Features.Core.Governance;

namespace Features.Server.Online;

/// <summary>The online service's doors for those who hold an API key: they may read, push and materialise every view, unmasked. For anything else, and anybody else, the workspace's policy decides.</summary>
internal sealed class ApiKeyPolicy(IPolicy inner, IEnumerable<string> holders) : IPolicy
{
    private static readonly FrozenSet<string> Doors = FrozenSet.ToFrozenSet([OnlineDoor.Read, OnlineDoor.Push, OnlineDoor.Write, OnlineDoor.Materialize]);
    private readonly FrozenSet<string> holders = holders.ToFrozenSet(StringComparer.Ordinal);

    public ValueTask<PolicyDecision> DecideAsync(ReadRequest request, CancellationToken cancellationToken) => Doors.Contains(request.Action) && holders.Contains(request.Principal)
        ? ValueTask.FromResult(new PolicyDecision(true, "holds an API key of the online service", "online.api_keys", LocalPolicy.Unmasked))
        : inner.DecideAsync(request, cancellationToken);
}
