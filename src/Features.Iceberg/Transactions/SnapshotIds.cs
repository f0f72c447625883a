using System.Buffers.Binary;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Ids of new snapshots.</summary>
internal static class SnapshotIds
{
    /// <summary>A random id that no snapshot of the table has.</summary>
    public static long New(TableMetadata metadata)
    {
        Span<byte> uuid = stackalloc byte[16];
        long id;
        do
        {
            Guid.NewGuid().TryWriteBytes(uuid, bigEndian: true, out _);
            id = (BinaryPrimitives.ReadInt64BigEndian(uuid) ^ BinaryPrimitives.ReadInt64BigEndian(uuid[8..])) & long.MaxValue;
        }
        while (metadata.FindSnapshot(id) is not null);

        return id;
    }
}
