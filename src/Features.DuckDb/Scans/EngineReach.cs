using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Scans;

/// <summary>What the engine reads exactly. The rest is read without it.</summary>
internal static class EngineReach
{
    /// <summary>True if every row of a file comes through as it is.</summary>
    internal static bool Reads(Schema projection, FileScanTask task, IReadOnlyList<ParquetColumn> columns)
    {
        var keys = task.Deletes.Select(d => d.Key).OfType<Schema>();
        var usesFacts = task.Deletes.Count > 0 || projection.Fields.Any(f => MetadataColumns.IsReserved(f.Id));
        return keys.Append(projection).All(Holds) && !(usesFacts && FileFacts.AreHiddenBy(columns));
    }

    /// <summary>True if the engine has every column's type.</summary>
    // Zoned nanoseconds are cut to microseconds, and of a variant the engine sees two byte strings instead of its value.
    internal static bool Holds(Schema schema) => !schema.AllFields().Any(f => f.Type is PrimitiveType { Kind: PrimitiveKind.TimestampTzNs or PrimitiveKind.Variant });
}
