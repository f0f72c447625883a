using Features.Flight.Layout;

namespace Features.Flight.Client;

/// <summary>
/// The numeric features of a batch as one matrix, row after row, in the batch's own memory: it is valid until the batch is disposed. It has
/// shape (<see cref="Rows"/>, <see cref="Width"/>).
/// </summary>
public readonly record struct TensorView
{
    /// <summary>The matrix's rows: the batch's.</summary>
    public required int Rows { get; init; }

    /// <summary>The values of a row.</summary>
    public required int Width { get; init; }

    /// <summary>What a value is.</summary>
    public required TensorType Type { get; init; }

    /// <summary>The names of the packed columns, as many as <see cref="Width"/>; empty if the server does not say.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The values, row after row, if <see cref="Type"/> is <see cref="TensorType.Float32"/>; else empty. They begin at a multiple of 64 bytes where the batch is whole and the server aligns its messages.</summary>
    public required ReadOnlyMemory<float> Floats { get; init; }

    /// <summary>The values, row after row, if <see cref="Type"/> is <see cref="TensorType.Float16"/>; else empty.</summary>
    public required ReadOnlyMemory<Half> Halves { get; init; }

    /// <summary>A byte for each value: 1 where it is present, 0 where it was missing and is the fill. Empty if no mask was asked for.</summary>
    public required ReadOnlyMemory<byte> Mask { get; init; }
}
