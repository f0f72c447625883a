using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>
/// The Arrow form of a schema: Time64 and Timestamp in microseconds (nanoseconds for the _ns types; zone "UTC" for the tz types), Decimal128, FixedSizeBinary for fixed and
/// (16, extension <c>arrow.uuid</c>) for uuid, Struct, List, Map; the field id of each field stands in its metadata under <c>PARQUET:field_id</c>.
/// </summary>
public static partial class ArrowSchema
{
    /// <summary>The Arrow schema of an Iceberg schema.</summary>
    public static Apache.Arrow.Schema From(Schema schema) => throw new System.Diagnostics.UnreachableException();

    /// <summary>The Iceberg schema of an Arrow schema, with fresh ids from 1 in order; types without an equal (unsigned 64-bit, intervals, …) are refused by name.</summary>
    public static Schema ToIceberg(Apache.Arrow.Schema schema) => throw new System.Diagnostics.UnreachableException();
}
