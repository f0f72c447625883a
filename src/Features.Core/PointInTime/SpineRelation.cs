using System.Globalization;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.PointInTime;

/// <summary>A spine as a relation of a session.</summary>
/// <param name="Name">The relation, a table or a file; a column of its own numbers the rows.</param>
/// <param name="Number">That column.</param>
/// <param name="Schema"><c>_row</c> and the spine's columns.</param>
/// <param name="Rows">How many rows there are.</param>
internal sealed record SpineRelation(string Name, string Number, Schema Schema, long Rows)
{
    private const string Table = "_spine";
    private const string File = "_spine_file";
    private const string FileRow = "_row_no";
    private const string FileExtra = "_extra";

    /// <summary>The rows in their order.</summary>
    public string Ordered => Name == File ? Select(Schema.FieldsList.Skip(1)) : $"{Select(Schema.FieldsList.Skip(1))} ORDER BY {Number}";

    /// <summary>Some columns of the rows, in any order, with their numbers.</summary>
    public string Columns(IEnumerable<string> names) => Select(names.Select(n => Schema.GetFieldByName(n)));

    /// <summary>Puts the spine into the session.</summary>
    /// <param name="session">The session; it has the spine's tables.</param>
    /// <param name="spine">The spine.</param>
    /// <param name="sql">Its SELECT, if it is one.</param>
    /// <param name="declared">The types that columns are declared to have, by name.</param>
    /// <param name="cancellationToken">Stops the engine.</param>
    public static Task<SpineRelation> AddAsync(ISqlSession session, Spine spine, string? sql, IReadOnlyDictionary<string, string> declared, CancellationToken cancellationToken) => spine switch
    {
        BatchSpine given => AddBatchesAsync(session, given, cancellationToken),
        FileSpine file => AddFileAsync(session, file, declared, cancellationToken),
        _ => AddSelectAsync(session, sql!, spine.Timestamp, cancellationToken),
    };

    private static async Task<SpineRelation> AddSelectAsync(ISqlSession session, string sql, string timestamp, CancellationToken cancellationToken)
    {
        var columns = await session.DescribeAsync(sql, cancellationToken).ConfigureAwait(false);
        Check(columns.FieldsList, timestamp);
        var order = string.Join(", ", columns.FieldsList.Select(f => $"{Sql.Name(f.Name)} NULLS LAST"));
        var numbered = $"SELECT row_number() OVER (ORDER BY {order}) - 1 AS {JoinedRows.RowColumn}, {string.Join(", ", columns.FieldsList.Select(Widened))} FROM (\n{sql}\n) AS _given";
        return await MaterializeAsync(session, numbered, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<SpineRelation> AddBatchesAsync(ISqlSession session, BatchSpine spine, CancellationToken cancellationToken)
    {
        Check(spine.Schema.FieldsList, spine.Timestamp);
        var rows = 0L;
        var schema = new Schema([new Field(JoinedRows.RowColumn, Int64Type.Default, nullable: false), .. spine.Schema.FieldsList], null);
        await session.AddBatchesAsync(Table, schema, Numbered(spine, schema, n => rows = n, cancellationToken), cancellationToken).ConfigureAwait(false);
        return await OfAsync(session, Table, JoinedRows.RowColumn, [.. spine.Schema.FieldsList], rows, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<SpineRelation> AddFileAsync(ISqlSession session, FileSpine spine, IReadOnlyDictionary<string, string> declared, CancellationToken cancellationToken)
    {
        await session.AddFileAsync(File, spine.File, cancellationToken).ConfigureAwait(false);
        var schema = await session.DescribeAsync($"SELECT * FROM {File}", cancellationToken).ConfigureAwait(false);
        if (schema.FieldsList.Any(f => f.Name == FileExtra))
        {
            throw new PointInTimeException($"'{spine.File.Path}' has rows with more cells than its header has names; correct the file");
        }

        var columns = schema.FieldsList.Where(f => f.Name != FileRow).ToList();
        if (spine.File.Format is SourceFormat.Parquet or SourceFormat.Arrow)
        {
            Check(columns, spine.Timestamp);
            var rows = await CountAsync(session, cancellationToken).ConfigureAwait(false);
            return await OfAsync(session, File, FileRow, columns, rows, cancellationToken).ConfigureAwait(false);
        }

        CheckNames(columns, spine.Timestamp);
        var text = new SpineText(spine, columns, declared);
        var relation = await MaterializeAsync(session, $"SELECT {FileRow} AS {JoinedRows.RowColumn}, {text.Projection} FROM {File}", cancellationToken).ConfigureAwait(false);
        await text.CheckAsync(session, Table, JoinedRows.RowColumn, File, FileRow, cancellationToken).ConfigureAwait(false);
        return relation with { Schema = new Schema([.. relation.Schema.FieldsList.Where(f => f.Name != text.Fault)], null) };
    }

    private static async Task<SpineRelation> MaterializeAsync(ISqlSession session, string numbered, CancellationToken cancellationToken)
    {
        var rows = await session.MaterializeAsync(Table, numbered, cancellationToken).ConfigureAwait(false);
        var schema = await session.DescribeAsync($"SELECT * FROM {Table}", cancellationToken).ConfigureAwait(false);
        return new SpineRelation(Table, JoinedRows.RowColumn, schema, rows);
    }

    private static async Task<SpineRelation> OfAsync(ISqlSession session, string name, string number, IReadOnlyList<Field> columns, long rows, CancellationToken cancellationToken)
    {
        var given = new SpineRelation(name, number, new Schema([new Field(JoinedRows.RowColumn, Int64Type.Default, nullable: false), .. columns], null), rows);
        return given with { Schema = await session.DescribeAsync(given.Ordered, cancellationToken).ConfigureAwait(false) };
    }

    private static async Task<long> CountAsync(ISqlSession session, CancellationToken cancellationToken)
    {
        var rows = 0L;
        await foreach (var batch in session.QueryAsync($"SELECT count(*) AS n FROM {File}", cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                rows = ((Int64Array)batch.Column(0)).Values[0];
            }
        }

        return rows;
    }

    private string Select(IEnumerable<Field> columns) => $"SELECT {Number} AS {JoinedRows.RowColumn}, {string.Join(", ", columns.Select(Widened))} FROM {Name}";

    /// <summary>Integers come in the two widths that a table has.</summary>
    private static string Widened(Field field) => field.DataType switch
    {
        Int8Type or Int16Type or UInt8Type or UInt16Type => $"CAST({Sql.Name(field.Name)} AS INTEGER) AS {Sql.Name(field.Name)}",
        UInt32Type => $"CAST({Sql.Name(field.Name)} AS BIGINT) AS {Sql.Name(field.Name)}",
        _ => Sql.Name(field.Name),
    };

    private static void Check(IReadOnlyList<Field> columns, string timestamp) => CellReader.CheckClock(CheckNames(columns, timestamp).DataType, timestamp);

    private static Field CheckNames(IReadOnlyList<Field> columns, string timestamp)
    {
        var names = columns.Select(f => f.Name).ToList();
        if (names.Contains(JoinedRows.RowColumn))
        {
            throw new PointInTimeException($"the spine has a column '{JoinedRows.RowColumn}', which is the result's own; rename it");
        }

        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Count)
        {
            throw new PointInTimeException($"the spine has two columns of one name ({string.Join(", ", names)}); give each its own with AS");
        }

        return columns.FirstOrDefault(f => f.Name == timestamp)
            ?? throw new PointInTimeException($"the spine has no column '{timestamp}' to say as of when; {NearNames.Hint(timestamp, names, "columns")}");
    }

    private static async IAsyncEnumerable<RecordBatch> Numbered(BatchSpine spine, Schema schema, Action<long> count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var row = 0L;
        await foreach (var batch in spine.Batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var numbers = new Int64Array.Builder().Reserve(batch.Length);
            for (var i = 0; i < batch.Length; i++)
            {
                numbers.Append(row + i);
            }

            row += batch.Length;
            count(row);
            yield return new RecordBatch(schema, [numbers.Build(), .. Enumerable.Range(0, batch.ColumnCount).Select(batch.Column)], batch.Length);
        }
    }
}
