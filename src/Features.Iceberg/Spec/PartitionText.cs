namespace Features.Iceberg.Spec;

/// <summary>Partitionings as people write them: <c>day(at), bucket(16, id) as shard, origin</c>.</summary>
public static class PartitionText
{
    private const int FirstFieldId = 1000;

    /// <summary>Reads the terms; none for an empty text.</summary>
    /// <exception cref="InvalidTableArgumentException">It is no partitioning; the message marks the place and says what was expected there.</exception>
    public static IReadOnlyList<TransformTerm> Parse(string text)
    {
        var cursor = new TextCursor(text, "the partitioning");
        var terms = new List<TransformTerm>();
        while (!cursor.IsAtEnd)
        {
            if (terms.Count > 0)
            {
                cursor.Take(',', "before another term");
            }

            var term = TransformTerm.Read(cursor);
            terms.Add(cursor.TryTakeWord("as") ? term with { Name = cursor.Name("a name for the partition field") } : term);
        }

        return terms;
    }

    /// <summary>The spec of a new table with this schema.</summary>
    /// <exception cref="InvalidTableArgumentException">It is no partitioning, or names no column.</exception>
    public static PartitionSpec Parse(string text, Schema schema) =>
        new(0, [.. Parse(text).Select((t, i) => new PartitionField(t.SourceIn(schema), FirstFieldId + i, t.FieldName, t.Transform))]);
}
