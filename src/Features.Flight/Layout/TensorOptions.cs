namespace Features.Flight.Layout;

/// <summary>How numeric features are packed into a tensor.</summary>
public sealed record TensorOptions
{
    /// <summary>The type of the values. Default float32.</summary>
    public TensorType Type { get; init; } = TensorType.Float32;

    /// <summary>What stands for a missing value. Default NaN.</summary>
    public float Fill { get; init; } = float.NaN;

    /// <summary>Whether a column <c>features_mask</c> says which values were there (1) and which are the fill (0). Default false.</summary>
    public bool Mask { get; init; }
}
