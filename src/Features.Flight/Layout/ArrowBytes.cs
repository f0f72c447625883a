using Apache.Arrow;

namespace Features.Flight.Layout;

/// <summary>What arrays take in memory and, but for padding, on the wire.</summary>
internal static class ArrowBytes
{
    public static long Of(ArrayData data) => data.Buffers.Sum(buffer => (long)buffer.Length) + (data.Children ?? []).Sum(Of);
}
