using System.Globalization;
using System.Text;

namespace Features.DuckDb.Scans;

/// <summary>What a column of a Parquet file holds.</summary>
internal enum ParquetShape
{
    Primitive,
    Struct,
    List,
    Map,
}

/// <summary>A column of a Parquet file as the engine sees it: lists have one child (the element), maps two (key, value).</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="FieldId">The field id in the file; null if it has none.</param>
/// <param name="Shape">Primitive or nested.</param>
/// <param name="SqlType">The engine's type of a primitive; empty for others.</param>
/// <param name="Children">The columns inside.</param>
internal sealed record ParquetColumn(string Name, int? FieldId, ParquetShape Shape, string SqlType, IReadOnlyList<ParquetColumn> Children)
{
    internal bool HasIds => FieldId is not null || Children.Any(c => c.HasIds);

    /// <summary>A text that is equal for equal schemas only.</summary>
    internal static string Fingerprint(IEnumerable<ParquetColumn> columns)
    {
        var text = new StringBuilder();
        Write(text, columns);
        return text.ToString();
    }

    private static void Write(StringBuilder text, IEnumerable<ParquetColumn> columns)
    {
        foreach (var column in columns)
        {
            text.Append(CultureInfo.InvariantCulture, $"{column.Name.Length}:{column.Name}#{column.FieldId}{column.Shape}{column.SqlType}(");
            Write(text, column.Children);
            text.Append(')');
        }
    }
}
