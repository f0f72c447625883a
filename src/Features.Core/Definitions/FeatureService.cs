namespace Features.Core.Definitions;

/// <summary>The features that one model uses.</summary>
/// <param name="Name">The service's name.</param>
/// <param name="Features">References <c>view:feature</c>, <c>view:*</c>, in order.</param>
public sealed record FeatureService(string Name, params IReadOnlyList<string> Features) : Definition(Name)
{
    /// <inheritdoc/>
    public override string Kind => "FeatureService";
}
