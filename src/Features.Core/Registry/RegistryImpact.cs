namespace Features.Core.Registry;

/// <summary>Something that a change reaches.</summary>
/// <param name="What">What is reached.</param>
/// <param name="Name">Its name.</param>
/// <param name="Because">The definitions whose change reaches it, <c>KIND/NAME</c>.</param>
public sealed record RegistryImpact(ImpactKind What, string Name, IReadOnlyList<string> Because)
{
    /// <summary>What it means and what to do.</summary>
    public string Consequence => What switch
    {
        ImpactKind.FeatureView or ImpactKind.OnDemandView => "gives other values",
        ImpactKind.FeatureService => "gives other features; models that use it were trained on the old ones",
        ImpactKind.TrainingSet => "makes another set from now on",
        ImpactKind.Dataset => "stays as it is, made by the old definitions; make it again with 'features dataset create NAME --replace'".Replace("NAME", Name, StringComparison.Ordinal),
        _ => $"must be built anew: 'features materialize {Name}'",
    };

    /// <inheritdoc/>
    public override string ToString() => $"{What} {Name}: {Consequence} (because of {string.Join(", ", Because)})";
}

/// <summary>What a change can reach.</summary>
public enum ImpactKind
{
    /// <summary>A view over a source or entity that changes.</summary>
    FeatureView,

    /// <summary>An on-demand view over features that change.</summary>
    OnDemandView,

    /// <summary>A service of features that change.</summary>
    FeatureService,

    /// <summary>A training set's specification.</summary>
    TrainingSet,

    /// <summary>A training set that was made.</summary>
    Dataset,

    /// <summary>A view whose features stand in the online store.</summary>
    Materialized,
}
