using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;

namespace Features.Core.PointInTime;

/// <summary>What to join to what.</summary>
/// <param name="Definitions">Where views and entities are looked up.</param>
/// <param name="Features">References in the text form of <see cref="FeatureReference"/>, in the order in which their columns come out; features of on-demand views stand after the others.</param>
/// <param name="Spine">The rows to be joined to.</param>
/// <param name="Reader">Who reads; asked of the policy for every table.</param>
public sealed record JoinRequest(DefinitionSet Definitions, IReadOnlyList<string> Features, Spine Spine, Reader Reader)
{
    /// <summary>Call features <c>view__feature</c>, or <c>alias__feature</c> where the reference has an alias; else a clash of names is an error.</summary>
    public bool FullNames { get; init; }

    /// <summary>Whose SQL the spine and the views are: a person's by default; <see cref="SqlTrust.Pipeline"/> for definitions that were applied.</summary>
    public SqlTrust Trust { get; init; } = SqlTrust.User;

    /// <summary>Whose SQL the spine is, where it is not the views'; null for <see cref="Trust"/>. A person's session holds little memory and never spills.</summary>
    public SqlTrust? SpineTrust { get; init; }

    /// <summary>Which snapshot of each table to read (<c>namespace.name</c> to snapshot id); tables that are not named are read at their current one.</summary>
    public IReadOnlyDictionary<string, long> Snapshots { get; init; } = new Dictionary<string, long>();

    /// <summary>Which schema to read a table with (<c>namespace.name</c> to schema id); tables that are not named are read with their state's own.</summary>
    internal IReadOnlyDictionary<string, int> Schemas { get; init; } = new Dictionary<string, int>();

    /// <summary>How much of the machine the join may use.</summary>
    public JoinOptions Options { get; init; } = new();
}
