namespace Features.Iceberg.Manifests.Avro;

/// <summary>A field wanted from a record: found by its id, or by one of its names where the writer gave no ids.</summary>
/// <param name="Id">Iceberg's field id.</param>
/// <param name="Names">The name, then older ones.</param>
/// <param name="Get">Fits a getter to the writer's type.</param>
/// <param name="IsRequired">True if a file without it is refused.</param>
internal sealed record AvroWanted(int Id, string[] Names, Func<AvroSchema, AvroGetter> Get, bool IsRequired = false);

/// <summary>Reads records of a writer's schema as the wanted fields, in the order wanted; everything else is skipped.</summary>
internal sealed class AvroRecordPlan
{
    private readonly (AvroGetter? Get, int Slot, AvroSchema Type)[] steps;
    private readonly IReadOnlyList<AvroWanted> wanted;

    /// <summary>Fits the plan to a writer's schema.</summary>
    /// <exception cref="InvalidDataException">A required field is missing, or one has a type that cannot be read as the wanted one.</exception>
    public AvroRecordPlan(AvroRecord writer, IReadOnlyList<AvroWanted> wanted)
    {
        this.wanted = wanted;
        steps = [.. writer.Fields.Select(field =>
        {
            var slot = SlotOf(field);
            return (slot < 0 ? null : wanted[slot].Get(field.Type), slot, field.Type);
        })];
        var missing = wanted.Where((w, slot) => w.IsRequired && !steps.Any(s => s.Slot == slot)).Select(w => $"'{w.Names[0]}' ({w.Id})").ToList();
        if (missing.Count > 0)
        {
            throw new InvalidDataException($"it lacks the field {string.Join(" and ", missing)}");
        }
    }

    /// <summary>One record's values; null where the writer has none.</summary>
    public object?[] Read(ref AvroReader reader)
    {
        var values = new object?[wanted.Count];
        foreach (var (get, slot, type) in steps)
        {
            if (get is null)
            {
                reader.Skip(type);
            }
            else
            {
                values[slot] = get(ref reader);
            }
        }

        for (var slot = 0; slot < values.Length; slot++)
        {
            if (values[slot] is null && wanted[slot].IsRequired)
            {
                throw new InvalidDataException($"the required field '{wanted[slot].Names[0]}' is null");
            }
        }

        return values;
    }

    private int SlotOf(AvroField field)
    {
        for (var slot = 0; slot < wanted.Count; slot++)
        {
            if (field.Id is { } id ? id == wanted[slot].Id : wanted[slot].Names.Contains(field.Name))
            {
                return slot;
            }
        }

        return -1;
    }
}
