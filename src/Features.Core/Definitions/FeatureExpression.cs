namespace Features.Core.Definitions;

/// <summary>A feature being declared: the latest value of an expression, still without a name.</summary>
public sealed record FeatureExpression(string Expression)
{
    /// <summary>Names it.</summary>
    public Feature As(string name) => new(name, Expression);
}
