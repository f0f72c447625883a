namespace Features.Core.Definitions;

/// <summary>One feature of an on-demand view, to be computed over joined rows or over a request's.</summary>
/// <param name="View">Its view.</param>
/// <param name="Feature">The feature; its expression reads the names of <paramref name="Inputs"/> and of the view's request columns.</param>
/// <param name="Inputs">All that the view reads, whichever of it this feature needs; each is among <see cref="FeatureSelection.Joined"/>.</param>
internal sealed record SelectedOnDemand(OnDemandView View, Feature Feature, IReadOnlyList<OnDemandInput> Inputs)
{
    /// <summary>The feature's name, or with full names <c>{view}__{feature}</c>.</summary>
    public string OutputName(bool fullNames) => fullNames ? $"{View.Name}__{Feature.Name}" : Feature.Name;

    public override string ToString() => $"{View.Name}:{Feature.Name}";
}

/// <summary>A feature that an on-demand view reads.</summary>
/// <param name="Name">What its expressions call it: <c>{feature}</c>, or <c>{alias}__{feature}</c> where the reference has an alias.</param>
/// <param name="Feature">The feature.</param>
internal sealed record OnDemandInput(string Name, SelectedFeature Feature)
{
    public static OnDemandInput Of(SelectedFeature feature) => new(feature.OutputName(fullNames: feature.Alias is not null), feature);
}
