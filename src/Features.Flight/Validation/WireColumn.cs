using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Validation;

/// <summary>A field of a schema as its arrays come: what <see cref="Field"/> does not tell is which dictionary its values stand in.</summary>
/// <param name="Path">Its name, with those of the fields that it lies in.</param>
/// <param name="Field">The field.</param>
/// <param name="Values">The type of its values: the field's own, but for a dictionary.</param>
/// <param name="Dictionary">The id of its dictionary; null if its values come as they are.</param>
/// <param name="Children">The columns that its values are made of.</param>
internal sealed record WireColumn(string Path, Field Field, IArrowType Values, long? Dictionary, IReadOnlyList<WireColumn> Children);
