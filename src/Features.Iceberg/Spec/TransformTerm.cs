using System.Globalization;

namespace Features.Iceberg.Spec;

/// <summary>
/// A column under a transform, as people write it: <c>origin</c>, <c>day(at)</c>, <c>bucket(16, id)</c>, <c>truncate(4, name)</c>; a nested column by its path, <c>p.x</c>.
/// </summary>
/// <param name="Column">The column's name, or the path of a nested one.</param>
/// <param name="Transform">The transform; identity where none is written.</param>
/// <param name="Name">The name given with <c>as</c>; null for none.</param>
public sealed record TransformTerm(string Column, Transform Transform, string? Name = null)
{
    private const string Expected = "a column, or year(column), month(column), day(column), hour(column), bucket(N, column), truncate(N, column) or void(column)";

    /// <summary>The partition field's name: the one given, or <c>at_day</c>, <c>id_bucket</c>, <c>name_trunc</c>, and the column's own for identity.</summary>
    public string FieldName => Name ?? Transform.Kind switch
    {
        TransformKind.Identity => Column,
        TransformKind.Truncate => $"{Column}_trunc",
        TransformKind.Void => $"{Column}_null",
        _ => $"{Column}_{Transform.Kind.ToString().ToLowerInvariant()}",
    };

    /// <summary>The column's id.</summary>
    /// <exception cref="InvalidTableArgumentException">There is no such column; the message lists those that are.</exception>
    public int SourceIn(Schema schema)
    {
        if (schema.Find(Column) is { } field)
        {
            return field.Id;
        }

        var (fields, found) = (schema.Fields, default(NestedField));
        foreach (var part in Column.Split('.'))
        {
            found = fields.FirstOrDefault(f => f.Name == part);
            fields = found?.Type is StructType s ? s.Fields : [];
        }

        return found?.Id ?? throw new InvalidTableArgumentException($"there is no column '{Column}'; the columns are {string.Join(", ", schema.Fields.Select(f => f.Name))}");
    }

    internal static TransformTerm Read(TextCursor cursor)
    {
        var word = cursor.Name(Expected, isPath: true);
        if (!cursor.TryTake('('))
        {
            return new TransformTerm(word, Transform.Identity);
        }

        var kind = Transform.Parse(word.ToLowerInvariant() is "bucket" or "truncate" ? string.Create(CultureInfo.InvariantCulture, $"{word}[{Width(cursor)}]") : word);
        if (kind.Kind == TransformKind.Unknown)
        {
            throw cursor.Expected($"before here one of year, month, day, hour, bucket, truncate, identity and void, not '{word}'");
        }

        var column = cursor.Name("a column's name", isPath: true);
        cursor.Take(')', "after the column");
        return new TransformTerm(column, kind);
    }

    private static int Width(TextCursor cursor)
    {
        var width = cursor.Number("a number from 1, as in bucket(16, id)");
        cursor.Take(',', "after the number");
        return width > 0 ? width : throw cursor.Expected("before here a number from 1");
    }
}
