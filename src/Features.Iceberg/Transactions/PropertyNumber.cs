using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Numbers among table properties.</summary>
internal static class PropertyNumber
{
    /// <summary>The property's value; the default where it is not set or no number.</summary>
    public static long Of(TableMetadata metadata, string property, long otherwise) =>
        long.TryParse(metadata.Properties.GetValueOrDefault(property), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
