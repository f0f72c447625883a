using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.RowChanges;

/// <summary>How rows leave a data file that keeps others.</summary>
internal enum RowLevelMode
{
    /// <summary>The file is replaced by one with the rows that stay: reads stay fast.</summary>
    CopyOnWrite,
    /// <summary>A position delete file says which rows are gone: writes stay small.</summary>
    MergeOnRead,
}

/// <summary>What a table's properties <c>write.delete.mode</c>, <c>write.update.mode</c> and <c>write.merge.mode</c> ask for.</summary>
internal static class RowLevelModes
{
    /// <exception cref="InvalidTableArgumentException">The property is neither <c>copy-on-write</c> (the default) nor <c>merge-on-read</c>.</exception>
    public static RowLevelMode Of(Table table, RowLevelCommand command)
    {
        var property = command switch
        {
            RowLevelCommand.Delete => "write.delete.mode",
            RowLevelCommand.Update => "write.update.mode",
            _ => "write.merge.mode",
        };
        return table.Metadata.Properties.GetValueOrDefault(property)?.ToLowerInvariant() switch
        {
            null or "copy-on-write" => RowLevelMode.CopyOnWrite,
            "merge-on-read" => RowLevelMode.MergeOnRead,
            var other => throw new InvalidTableArgumentException($"the property '{property}' of table '{table.Name}' is '{other}'; set it to copy-on-write or merge-on-read"),
        };
    }
}
