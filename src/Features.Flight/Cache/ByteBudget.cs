namespace Features.Flight.Cache;

/// <summary>Bytes that may be taken and those that are. Guarded by the cache's lock.</summary>
internal sealed class ByteBudget(long limit)
{
    public long Limit { get; } = limit;

    public long Used { get; private set; }

    public bool TryTake(long bytes)
    {
        if (bytes > Limit - Used)
        {
            return false;
        }

        Used += bytes;
        return true;
    }

    public void GiveBack(long bytes) => Used -= bytes;
}
