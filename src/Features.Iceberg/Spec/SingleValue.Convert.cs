using System.Diagnostics;

namespace Features.Iceberg.Spec;

public static partial class SingleValue
{
    /// <summary>A value that a caller wrote in any fitting CLR type (or, for dates, times, uuids and decimals, as text) as the in-memory form of a column's type. Nothing is rounded.</summary>
    /// <param name="value">The value; not null.</param>
    /// <param name="type">The column's type.</param>
    /// <param name="column">The column's name, for the message.</param>
    /// <exception cref="InvalidTableArgumentException">It does not fit; the message names the column, its type and the value.</exception>
    public static object Convert(object value, PrimitiveType type, string column) => throw new UnreachableException();
}
