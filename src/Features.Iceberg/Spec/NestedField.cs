namespace Features.Iceberg.Spec;

/// <summary>A field of a schema or struct, identified by <paramref name="Id"/> for ever; its name may change.</summary>
/// <param name="Id">The field id, unique in the table.</param>
/// <param name="Name">The current name.</param>
/// <param name="Type">The current type.</param>
/// <param name="Required">True if null is not allowed.</param>
/// <param name="Doc">A description, or null.</param>
/// <param name="InitialDefault">The value of rows written before the field was added, as <see cref="SingleValue"/> represents it; null for none.</param>
/// <param name="WriteDefault">The value written when a writer supplies none; null for none.</param>
public sealed record NestedField(int Id, string Name, IcebergType Type, bool Required, string? Doc = null, object? InitialDefault = null, object? WriteDefault = null);
