using System.IO.Hashing;
using System.Runtime.InteropServices;
using Features.Iceberg.Deletes;

namespace Features.Iceberg.Maintenance;

/// <summary>
/// Locations by a 128-bit hash of their paths, so that millions take little memory. Schemes and authorities do not count: a table written by two engines may name one store twice.
/// Where two locations fall together, a file is taken for one that is in use, which is the safe way round.
/// </summary>
internal sealed class LocationSet
{
    private readonly HashSet<UInt128> hashes = [];

    public void Add(string location) => hashes.Add(HashOf(location));

    public bool Contains(string location) => hashes.Contains(HashOf(location));

    private static UInt128 HashOf(string location) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(DeletedPath.Of(location).AsSpan()));
}
