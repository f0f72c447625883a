using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Registry;
using Features.Core.Transformations;

namespace Features.Core.Online;

/// <summary>What online answers stand on. Not owned: whoever made them disposes them.</summary>
public sealed record OnlinePorts
{
    /// <summary>The definitions in force.</summary>
    public required IRegistry Registry { get; init; }

    /// <summary>Where the views are.</summary>
    public required IOnlineStore Store { get; init; }

    /// <summary>Computes on-demand features.</summary>
    public required ISqlEngine Engine { get; init; }

    /// <summary>Is asked for every request.</summary>
    public required IPolicy Policy { get; init; }

    /// <summary>Keeps what was decided.</summary>
    public required IAuditLog Audit { get; init; }

    /// <summary>Says what the moment is.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>The fitted transformations of a training set, by its name; null where a workspace has no training sets.</summary>
    public Func<string, CancellationToken, Task<Transformer>>? TransformerOf { get; init; }
}
