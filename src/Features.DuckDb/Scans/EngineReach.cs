using Features.Iceberg.Spec;

namespace Features.DuckDb.Scans;

/// <summary>What the engine reads exactly. The rest is read without it.</summary>
internal static class EngineReach
{
    /// <summary>True if every value comes through as it is: the engine cuts zoned nanoseconds to microseconds, and sees a variant's two byte strings instead of its value.</summary>
    internal static bool Reads(Schema schema) => !schema.AllFields().Any(f => f.Type is PrimitiveType { Kind: PrimitiveKind.TimestampTzNs or PrimitiveKind.Variant });
}
