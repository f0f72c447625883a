namespace Features.Flight.Layout;

/// <summary>The type of a tensor's values.</summary>
public enum TensorType
{
    /// <summary><c>float32</c>: the nearest to each number, ties to the even one. A number beyond it fails the load; NaN and infinities pass.</summary>
    Float32,

    /// <summary><c>float16</c>: the nearest to the number's float32. A number beyond ±65504 fails the load; NaN and infinities pass.</summary>
    Float16,
}
