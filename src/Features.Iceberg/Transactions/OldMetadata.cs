using Features.Iceberg.Storage;

namespace Features.Iceberg.Transactions;

/// <summary>Metadata files that no table's log names any more.</summary>
internal static class OldMetadata
{
    /// <summary>Removes what left the metadata log with this commit, if the table wants it (<c>write.metadata.delete-after-commit.enabled</c>).</summary>
    public static async Task RemoveAsync(Table before, Table after)
    {
        if (!string.Equals(after.Metadata.Properties.GetValueOrDefault("write.metadata.delete-after-commit.enabled"), "true", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var named = after.Metadata.MetadataLog.Select(e => e.MetadataFile).Append(after.MetadataLocation).ToHashSet(StringComparer.Ordinal);
        await Leftovers.RemoveAsync(after.Storage, before.Metadata.MetadataLog.Select(e => e.MetadataFile).Where(f => !named.Contains(f))).ConfigureAwait(false);
    }
}
