namespace Features.Core.PointInTime;

/// <summary>Scratch that grows to the largest group and is used again for the next.</summary>
internal static class Buffers
{
    public static void Ensure<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<T>((int)Math.Min(Array.MaxLength, Math.Max(length, buffer.Length * 2L)));
        }
    }

    public static void Clear<T>(ref T[] buffer, int length)
    {
        Ensure(ref buffer, length);
        buffer.AsSpan(0, length).Clear();
    }
}
