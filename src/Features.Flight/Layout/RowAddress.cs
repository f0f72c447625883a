namespace Features.Flight.Layout;

/// <summary>Where a row stands in a chunked column: the chunk in the high 32 bits, the index inside it in the low.</summary>
internal static class RowAddress
{
    public static long Of(int chunk, int index) => ((long)chunk << 32) | (uint)index;

    public static int Chunk(long address) => (int)(address >> 32);

    public static int Index(long address) => (int)address;
}
