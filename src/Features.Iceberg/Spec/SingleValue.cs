namespace Features.Iceberg.Spec;

/// <summary>
/// Single values of primitive types, in memory and in the two serializations of Appendix D (binary for bounds, JSON for defaults).
/// In memory: bool; int for int and date; long for long, time, timestamps; float; double; <see cref="System.Numerics.BigInteger"/> (unscaled) for decimal;
/// string; <see cref="Guid"/> for uuid; byte[] for fixed and binary; null for null.
/// </summary>
public static partial class SingleValue
{
}
