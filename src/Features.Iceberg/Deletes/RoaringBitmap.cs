namespace Features.Iceberg.Deletes;

/// <summary>A set of 32-bit values: a container for each high 16 bits that occur, ascending.</summary>
internal sealed class RoaringBitmap
{
    private readonly List<ushort> keys = [];
    private readonly List<RoaringContainer> containers = [];

    public long Count => containers.Sum(c => (long)c.Count);

    public long Bytes => containers.Sum(c => c.Bytes + 32L);

    /// <summary>The containers by key, ascending.</summary>
    public IEnumerable<(ushort Key, RoaringContainer Container)> Containers => keys.Zip(containers);

    public int ContainerCount => keys.Count;

    /// <summary>Appends a container whose key is above all others.</summary>
    public void Append(ushort key, RoaringContainer container)
    {
        keys.Add(key);
        containers.Add(container);
    }

    public bool Contains(uint value) => IndexOf((ushort)(value >> 16)) is >= 0 and var at && containers[at].Contains((ushort)value);

    public void Add(uint value)
    {
        var key = (ushort)(value >> 16);
        var at = IndexOf(key);
        if (at < 0)
        {
            keys.Insert(~at, key);
            containers.Insert(~at, new RoaringArray([(ushort)value], 1));
        }
        else
        {
            containers[at] = containers[at].With((ushort)value);
        }
    }

    public IEnumerable<uint> Values() => Containers.SelectMany(c => c.Container.Values().Select(low => ((uint)c.Key << 16) | low));

    private int IndexOf(ushort key) => keys.Count > 0 && keys[^1] == key ? keys.Count - 1 : keys.BinarySearch(key);
}
