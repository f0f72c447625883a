namespace Features.Flight.Layout;

/// <summary>The type of a tensor's values.</summary>
public enum TensorType
{
    /// <summary><c>float32</c>.</summary>
    Float32,

    /// <summary><c>float16</c>.</summary>
    Float16,
}
