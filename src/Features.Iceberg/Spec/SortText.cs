namespace Features.Iceberg.Spec;

/// <summary>Sort orders as people write them: <c>origin, at desc nulls last, bucket(16, id)</c>. Without a word on nulls, they come first in ascending order and last in descending, as the specification's default.</summary>
public static class SortText
{
    /// <summary>Reads the terms; none for an empty text.</summary>
    /// <exception cref="InvalidTableArgumentException">It is no order; the message marks the place and says what was expected there.</exception>
    public static IReadOnlyList<SortTerm> Parse(string text)
    {
        var cursor = new TextCursor(text, "the sort order");
        var terms = new List<SortTerm>();
        while (!cursor.IsAtEnd)
        {
            if (terms.Count > 0)
            {
                cursor.Take(',', "before another term");
            }

            var term = TransformTerm.Read(cursor);
            var isDescending = cursor.TryTakeWord("desc");
            _ = isDescending || cursor.TryTakeWord("asc");
            var isNullsFirst = cursor.TryTakeWord("nulls")
                ? cursor.TryTakeWord("first") || (cursor.TryTakeWord("last") ? false : throw cursor.Expected("'first' or 'last' after 'nulls'"))
                : !isDescending;
            terms.Add(new SortTerm(term, isDescending, isNullsFirst));
        }

        return terms;
    }

    /// <summary>The order of a new table with this schema; unsorted for an empty text.</summary>
    /// <exception cref="InvalidTableArgumentException">It is no order, or names no column.</exception>
    public static SortOrder Parse(string text, Schema schema)
    {
        SortField[] fields = [.. Parse(text).Select(t => new SortField(t.Term.SourceIn(schema), t.Term.Transform, t.Descending, t.NullsFirst))];
        return fields.Length == 0 ? SortOrder.Unsorted : new SortOrder(1, fields);
    }
}

/// <summary>One term of a sort order, as it is written.</summary>
public sealed record SortTerm(TransformTerm Term, bool Descending, bool NullsFirst);
