using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Features.Core.Engine;

namespace Features.DuckDb.Tests.Engine;

/// <summary>A query's rows as texts, read through Apache.Arrow's own accessors.</summary>
internal sealed record ResultRows(Schema Schema, IReadOnlyList<string?[]> Rows)
{
    internal static async Task<ResultRows> Of(Schema described, IAsyncEnumerable<RecordBatch> batches)
    {
        var (schema, rows) = (described, new List<string?[]>());
        await foreach (var batch in batches)
        {
            using (batch)
            {
                schema = batch.Schema;
                for (var i = 0; i < batch.Length; i++)
                {
                    rows.Add([.. Enumerable.Range(0, batch.ColumnCount).Select(c => Text(batch.Column(c), i))]);
                }
            }
        }

        return new(schema, rows);
    }

    internal static string? Text(IArrowArray array, int row) => array.IsNull(row) ? null : array switch
    {
        BooleanArray a => $"{a.GetValue(row)}",
        Int8Array a => $"{a.GetValue(row)}",
        Int16Array a => $"{a.GetValue(row)}",
        Int32Array a => $"{a.GetValue(row)}",
        Int64Array a => $"{a.GetValue(row)}",
        UInt8Array a => $"{a.GetValue(row)}",
        UInt16Array a => $"{a.GetValue(row)}",
        UInt32Array a => $"{a.GetValue(row)}",
        UInt64Array a => $"{a.GetValue(row)}",
        FloatArray a => a.GetValue(row)!.Value.ToString(CultureInfo.InvariantCulture),
        DoubleArray a => a.GetValue(row)!.Value.ToString(CultureInfo.InvariantCulture),
        Date32Array a => a.GetDateTimeOffset(row)!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Time64Array a => $"{a.GetValue(row)}",
        TimestampArray a => $"{a.GetValue(row)}",
        StringArray a => a.GetString(row),
        Decimal128Array a => a.GetString(row),
        FixedSizeBinaryArray a => Convert.ToHexStringLower(a.GetBytes(row)),
        BinaryArray a => Convert.ToHexStringLower(a.GetBytes(row)),
        ListArray a => $"[{string.Join(',', Enumerable.Range(0, a.GetValueLength(row)).Select(i => Text(a.Values, a.ValueOffsets[row] + i) ?? "null"))}]",
        StructArray a => $"{{{string.Join(',', ((Apache.Arrow.Types.StructType)a.Data.DataType).Fields.Select((f, i) => $"{f.Name}:{Text(a.Fields[i], row) ?? "null"}"))}}}",
        _ => throw new NotSupportedException(array.GetType().Name),
    };
}

internal static class SessionRows
{
    internal static async Task<ResultRows> Rows(this ISqlSession session, string sql, CancellationToken cancellationToken = default) =>
        await ResultRows.Of(await session.DescribeAsync(sql, cancellationToken), session.QueryAsync(sql, cancellationToken));
}
