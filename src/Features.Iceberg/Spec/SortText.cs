namespace Features.Iceberg.Spec;

/// <summary>Sort orders as people write them: <c>origin, at desc nulls last, bucket(16, id)</c>. Without a word on nulls, they come first in ascending order and last in descending, as the specification's default.</summary>
public static class SortText
{
    /// <summary>Reads an order over a schema; unsorted for an empty text.</summary>
    /// <exception cref="InvalidTableArgumentException">It is no order, or names no column; the message marks the place and says what was expected there.</exception>
    public static SortOrder Parse(string text, Schema schema)
    {
        var cursor = new TextCursor(text, "the sort order");
        var fields = new List<SortField>();
        while (!cursor.IsAtEnd)
        {
            if (fields.Count > 0)
            {
                cursor.Take(',', "before another term");
            }

            var term = TransformTerm.Read(cursor);
            var isDescending = cursor.TryTakeWord("desc");
            _ = isDescending || cursor.TryTakeWord("asc");
            var isNullsFirst = cursor.TryTakeWord("nulls")
                ? cursor.TryTakeWord("first") || (cursor.TryTakeWord("last") ? false : throw cursor.Expected("'first' or 'last' after 'nulls'"))
                : !isDescending;
            fields.Add(new SortField(term.SourceIn(schema), term.Transform, isDescending, isNullsFirst));
        }

        return fields.Count == 0 ? SortOrder.Unsorted : new SortOrder(1, fields);
    }
}
