namespace Features.Core.Definitions;

/// <summary>One feature of one use of a view, to be joined. Equal where view, keys, alias and feature are.</summary>
internal sealed record SelectedFeature(FeatureView View, Feature Feature)
{
    /// <summary>What the view is called in this use; null for its own name.</summary>
    public string? Alias { get; init; }

    /// <summary>Keys of the view's entity that are taken from another column of the spine: key, then column; empty for none.</summary>
    public IReadOnlyDictionary<string, string> JoinKeys { get; init; } = new Dictionary<string, string>();

    /// <summary>The use of the view, such as <c>airport_delays[airport=destination]@dest</c>: features of one use are joined together, and each use once.</summary>
    public string Use => new FeatureReference(View.Name, null) { Alias = Alias, JoinKeys = JoinKeys }.ToString()[..^2];

    /// <summary>The spine's column that holds a key of the view's entity.</summary>
    public string ColumnOf(string key) => JoinKeys.GetValueOrDefault(key, key);

    /// <summary>The feature's name, or with full names <c>{alias or view}__{feature}</c>.</summary>
    public string OutputName(bool fullNames) => fullNames ? $"{Alias ?? View.Name}__{Feature.Name}" : Feature.Name;

    public bool Equals(SelectedFeature? other) => other is not null && View.Name == other.View.Name && Feature.Name == other.Feature.Name && Use == other.Use;

    public override int GetHashCode() => HashCode.Combine(View.Name, Alias, Feature.Name);

    public override string ToString() => $"{Use}:{Feature.Name}";
}
