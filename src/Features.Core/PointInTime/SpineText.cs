using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Engine;
using Features.Iceberg.Spec;

namespace Features.Core.PointInTime;

/// <summary>
/// The columns of a spine that is a CSV or JSON file, all text, as what they are declared to be. A value that is not of its column's type, or that would be changed by it, is refused: rounded or cut it would meet other rows.
/// </summary>
internal sealed class SpineText
{
    private readonly string path;
    private readonly List<(string Name, string Type)> typed = [];

    public SpineText(FileSpine spine, IReadOnlyList<Field> columns, IReadOnlyDictionary<string, string> declared)
    {
        path = spine.File.Path;
        while (columns.Any(c => c.Name.Equals(Fault, StringComparison.OrdinalIgnoreCase)))
        {
            Fault += "_";
        }

        var (items, faults) = (new List<string>(), new List<string>());
        foreach (var column in columns)
        {
            var name = Sql.Name(column.Name);
            if ((column.Name == spine.Timestamp ? "timestamp" : declared.GetValueOrDefault(column.Name)) is not { } type)
            {
                items.Add(name);
                continue;
            }

            var primitive = ColumnType.Parse(type) ?? new PrimitiveType(PrimitiveKind.Binary);
            var cast = ColumnType.TryCast(name, column.DataType, primitive);
            var changes = ColumnType.Changes(name, cast, column.DataType, primitive);
            items.Add($"{cast} AS {name}");
            faults.Add($"WHEN {name} IS NOT NULL AND ({cast} IS NULL{(changes is null ? "" : $" OR {changes}")}) THEN {typed.Count}");
            typed.Add((column.Name, type));
        }

        // The clock is among them, so there is a case.
        Projection = $"{string.Join(", ", items)}, CAST(CASE {string.Join(' ', faults)} END AS SMALLINT) AS {Fault}";
    }

    /// <summary>The column that says which column of a row does not fit; null for none.</summary>
    public string Fault { get; } = "_fault";

    /// <summary>SELECT items: the columns, then <see cref="Fault"/>.</summary>
    public string Projection { get; }

    /// <summary>Finds the first row that does not fit.</summary>
    /// <exception cref="PointInTimeException">There is one; the message names row, column and value.</exception>
    public async Task CheckAsync(ISqlSession session, string relation, string row, string file, string fileRow, CancellationToken cancellationToken)
    {
        var first = $"SELECT {row}, CAST({Fault} AS INTEGER) AS fault FROM {relation} WHERE {Fault} IS NOT NULL ORDER BY {row} LIMIT 1";
        var (number, column) = (-1L, 0);
        await foreach (var batch in session.QueryAsync(first, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                (number, column) = batch.Length == 0 ? (number, column) : (((Int64Array)batch.Column(0)).Values[0], ((Int32Array)batch.Column(1)).Values[0]);
            }
        }

        if (number < 0)
        {
            return;
        }

        var (name, type) = typed[column];
        var value = "";
        await foreach (var batch in session.QueryAsync($"SELECT {Sql.Name(name)} AS value FROM {file} WHERE {fileRow} = {number}", cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                value = batch.Length == 0 ? value : ((StringArray)batch.Column(0)).GetString(0);
            }
        }

        throw new PointInTimeException($"row {number} of '{path}' (the first is 0) has '{value}' in column '{name}', which is no {type}{(type.StartsWith("timestamp", StringComparison.Ordinal) ? " of at most microseconds" : "")}; correct the file");
    }
}
