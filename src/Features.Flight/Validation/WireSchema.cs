using Apache.Arrow;

namespace Features.Flight.Validation;

/// <summary>A schema that came over the wire.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Columns">Its fields as their arrays come.</param>
/// <param name="Dictionaries">The columns that a dictionary belongs to, by its id.</param>
internal sealed record WireSchema(Schema Schema, IReadOnlyList<WireColumn> Columns, IReadOnlyDictionary<long, WireColumn> Dictionaries);
