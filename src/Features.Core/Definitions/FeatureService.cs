namespace Features.Core.Definitions;

/// <summary>The features that one model uses.</summary>
/// <param name="Name">The service's name.</param>
/// <param name="Features">References in the text form of <see cref="FeatureReference"/>, in order.</param>
public sealed record FeatureService(string Name, params IReadOnlyList<string> Features) : Definition(Name)
{
    /// <inheritdoc/>
    public override string Kind => "FeatureService";
}
