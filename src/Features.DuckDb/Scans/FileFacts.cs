using System.Globalization;
using Features.DuckDb.Queries;

namespace Features.DuckDb.Scans;

/// <summary>Columns that a scan of several files gets beside those of the files: where a row stands, and what is known of its file. No column of a table is named so.</summary>
internal static class FileFacts
{
    internal const string Position = "\"row:position\"";
    internal const string Number = "\"file:number\"";
    internal const string Location = "\"file:location\"";
    internal const string FirstRowId = "\"file:first_row_id\"";
    internal const string SequenceNumber = "\"file:sequence_number\"";

    /// <summary>Names that the engine gives to what it knows of files; a file with such a column of its own hides them.</summary>
    internal static bool AreHiddenBy(IReadOnlyList<ParquetColumn> columns) =>
        columns.Any(c => c.Name.Equals("file_row_number", StringComparison.OrdinalIgnoreCase) || c.Name.Equals("file_index", StringComparison.OrdinalIgnoreCase));

    /// <summary>The relation with the facts that a text uses; the relation itself if it uses none. <paramref name="files"/> are in the order in which the relation reads them.</summary>
    internal static string Beside(string relation, IReadOnlyList<ScanPart> files, string uses)
    {
        string OfFile(string column, Func<ScanPart, string> value) =>
            uses.Contains(column, StringComparison.Ordinal) ? $", ([{string.Join(", ", files.Select(value))}])[CAST(file_index AS BIGINT) + 1] AS {column}" : "";
        string Whole(long? number) => number is { } known ? string.Create(CultureInfo.InvariantCulture, $"CAST({known} AS BIGINT)") : "CAST(NULL AS BIGINT)";
        var facts = (uses.Contains(Position, StringComparison.Ordinal) ? $", CAST(file_row_number AS BIGINT) AS {Position}" : "")
            + OfFile(Number, f => Whole(f.Number))
            + OfFile(Location, f => SqlText.Literal(f.Task.File.FilePath))
            + OfFile(FirstRowId, f => Whole(f.Task.File.FirstRowId))
            + OfFile(SequenceNumber, f => Whole(f.Task.DataSequenceNumber));
        return facts.Length == 0 ? relation : $"(SELECT *{facts} FROM {relation})";
    }
}
