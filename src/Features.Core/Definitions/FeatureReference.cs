namespace Features.Core.Definitions;

/// <summary>A feature named by its view: <c>view:feature</c>. <paramref name="Feature"/> null: all of the view's features, <c>view:*</c>.</summary>
public sealed record FeatureReference(string View, string? Feature)
{
    /// <summary>Reads <c>view:feature</c> or <c>view:*</c>; null if the text is neither.</summary>
    public static FeatureReference? TryParse(string text)
    {
        var parts = text.Split(':');
        return parts is [{ Length: > 0 } view, { Length: > 0 } feature] ? new FeatureReference(view, feature == "*" ? null : feature) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{View}:{Feature ?? "*"}";
}
