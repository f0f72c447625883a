namespace Features.Iceberg.Spec;

/// <summary>
/// Single values of primitive types, in memory and in the two serializations of Appendix D (binary for bounds, JSON for defaults).
/// In memory: bool; int for int and date; long for long, time, timestamps; float; double; <see cref="System.Numerics.BigInteger"/> (unscaled) for decimal;
/// string; <see cref="Guid"/> for uuid; byte[] for fixed and binary; null for null.
/// Nested defaults: a list is <c>IReadOnlyList&lt;object?&gt;</c>, a struct <c>IReadOnlyDictionary&lt;int, object?&gt;</c> by field id,
/// a map <c>IReadOnlyList&lt;KeyValuePair&lt;object, object?&gt;&gt;</c>.
/// </summary>
public static partial class SingleValue
{
}
