using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Quality;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Core.Ingestion;

/// <summary>
/// The shape of a quarantine table: the source's columns as text, then which rules a row broke, in which run, file and row, and when, and the whole row as JSON.
/// A later file's further columns are in the JSON only.
/// </summary>
internal static class Quarantine
{
    private const string RuleIds = "_rule_ids";
    private const string RunId = "_run_id";
    private const string SourceFile = "_source_file";
    private const string RowNumber = "_row_no";
    private const string IngestedAt = "_ingested_at";
    private const string Payload = "_payload";
    private static readonly string[] Own = [RuleIds, RunId, SourceFile, RowNumber, IngestedAt, Payload];
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema for a source with these columns.</summary>
    public static Schema SchemaFor(IEnumerable<string> sourceColumns)
    {
        var text = new PrimitiveType(PrimitiveKind.String);
        var id = 0;
        var fields = sourceColumns.Where(c => !Own.Contains(c, StringComparer.OrdinalIgnoreCase)).Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(c => new NestedField(++id, c, text, Required: false)).ToList();
        fields.AddRange(
        [
            new(++id, RuleIds, new Iceberg.Spec.ListType(++id, text, ElementRequired: true), Required: false, "which rules the row broke"),
            new(++id, RunId, text, Required: false, "the run that quarantined it"),
            new(++id, SourceFile, text, Required: false, "the file it came in"),
            new(++id, RowNumber, new PrimitiveType(PrimitiveKind.Long), Required: false, "its position in that file, from 0"),
            new(++id, IngestedAt, new PrimitiveType(PrimitiveKind.TimestampTz), Required: false),
            new(++id, Payload, text, Required: false, "the whole row as JSON, values as text"),
        ]);
        return new Schema(0, fields, []);
    }

    /// <summary>Bad rows, as the cleaning plan yields them, as rows of a quarantine table. The consumer disposes each batch.</summary>
    public static async IAsyncEnumerable<RecordBatch> RowsAsync(
        IAsyncEnumerable<RecordBatch> bad, Schema table, RuleSet rules, string runId, string file, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var schema = ArrowSchema.From(table);
        await foreach (var batch in bad.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                yield return Convert(batch, schema, rules, runId, file, now);
            }
        }
    }

    private static RecordBatch Convert(RecordBatch bad, Apache.Arrow.Schema schema, RuleSet rules, string runId, string file, DateTimeOffset now)
    {
        var rows = bad.Length;
        var source = Enumerable.Range(0, bad.ColumnCount - 2).Select(i => (bad.Schema.GetFieldByIndex(i).Name, Text: Texts.Of(bad.Column(i)))).ToList();
        var number = (Int64Array)bad.Column(bad.ColumnCount - 2);
        var breaches = Texts.Of(bad.Column(bad.ColumnCount - 1));
        var columns = schema.FieldsList.Select(field => field.Name switch
        {
            RuleIds => (IArrowArray)RuleLists((Apache.Arrow.Types.ListType)field.DataType, rows, i => rules.IdsOf(breaches(i)!)),
            RunId => Strings(rows, _ => runId),
            SourceFile => Strings(rows, _ => file),
            RowNumber => new Int64Array.Builder().AppendRange(Enumerable.Range(0, rows).Select(i => number.GetValue(i)!.Value)).Build(),
            IngestedAt => Times((TimestampType)field.DataType, rows, now),
            Payload => Strings(rows, i => PayloadOf(source, i)),
            var name => source.FirstOrDefault(s => string.Equals(s.Name, name, StringComparison.OrdinalIgnoreCase)).Text is { } text ? Strings(rows, text) : Strings(rows, _ => null),
        }).ToList();
        return new RecordBatch(schema, columns, rows);
    }

    private static StringArray Strings(int rows, Func<int, string?> value)
    {
        var builder = new StringArray.Builder().Reserve(rows);
        for (var i = 0; i < rows; i++)
        {
            builder.Append(value(i));
        }

        return builder.Build();
    }

    private static TimestampArray Times(TimestampType type, int rows, DateTimeOffset value)
    {
        var builder = new TimestampArray.Builder(type).Reserve(rows);
        for (var i = 0; i < rows; i++)
        {
            builder.Append(value);
        }

        return builder.Build();
    }

    // Built by hand: the element's field (its name and id) must be the schema's own.
    private static ListArray RuleLists(Apache.Arrow.Types.ListType type, int rows, Func<int, IEnumerable<string>> ids)
    {
        var offsets = new ArrowBuffer.Builder<int>(rows + 1).Append(0);
        var values = new StringArray.Builder();
        for (var i = 0; i < rows; i++)
        {
            foreach (var id in ids(i))
            {
                values.Append(id);
            }

            offsets.Append(values.Length);
        }

        return new ListArray(type, rows, offsets.Build(), values.Build(), ArrowBuffer.Empty, 0);
    }

    private static string PayloadOf(IReadOnlyList<(string Name, Func<int, string?> Text)> source, int row)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            foreach (var (name, text) in source)
            {
                json.WriteString(name, text(row));
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
