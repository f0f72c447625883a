namespace Features.Iceberg.Spec;

/// <summary>Where a column comes to stand among its neighbours.</summary>
/// <param name="Other">The neighbour, by its path; null for the first place.</param>
/// <param name="IsAfter">After the neighbour; else before it.</param>
public sealed record ColumnPlace(string? Other, bool IsAfter);

/// <summary>A column to be added, and where, as people write it: <c>speed double after distance</c>, <c>p.z double required comment 'height' first</c>.</summary>
/// <param name="Path">Its name, or the path of a field within a struct.</param>
/// <param name="Column">Its type, whether it is required, and its description; the id means nothing.</param>
/// <param name="Place">Where it comes to stand; null for the end.</param>
public sealed record ColumnText(string Path, NestedField Column, ColumnPlace? Place)
{
    /// <summary>The path of the struct that it is added to; null for the table itself.</summary>
    public string? Parent => Path.LastIndexOf('.') is > 0 and var dot ? Path[..dot] : null;

    /// <summary>Reads a column to be added.</summary>
    /// <exception cref="InvalidTableArgumentException">It is none; the message marks the place and says what was expected there.</exception>
    public static ColumnText Parse(string text)
    {
        var ids = 0;
        var cursor = new TextCursor(text, "the column");
        var path = cursor.Name("a column's name", isPath: true);
        var column = SchemaText.Described(cursor, () => ++ids, path[(path.LastIndexOf('.') + 1)..]);
        var place = PlaceIn(cursor);
        return cursor.IsAtEnd ? new ColumnText(path, column, place) : throw cursor.Expected("'required', 'comment', 'first', 'after', 'before', or the end");
    }

    /// <summary>Reads a move, <c>speed after distance</c> or <c>id first</c>.</summary>
    /// <exception cref="InvalidTableArgumentException">It is none; the message marks the place and says what was expected there.</exception>
    public static (string Path, ColumnPlace Place) ParseMove(string text)
    {
        var cursor = new TextCursor(text, "the move");
        var path = cursor.Name("a column's name", isPath: true);
        var place = PlaceIn(cursor) ?? throw cursor.Expected("'first', or 'after' or 'before' and another column");
        return cursor.IsAtEnd ? (path, place) : throw cursor.Expected("nothing more");
    }

    private static ColumnPlace? PlaceIn(TextCursor cursor) =>
        cursor.TryTakeWord("first") ? new ColumnPlace(null, IsAfter: false)
        : cursor.TryTakeWord("after") ? new ColumnPlace(cursor.Name("a column's name", isPath: true), IsAfter: true)
        : cursor.TryTakeWord("before") ? new ColumnPlace(cursor.Name("a column's name", isPath: true), IsAfter: false)
        : null;
}
