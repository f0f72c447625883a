using Apache.Arrow;
using DuckDB.NET.Native;
using Features.DuckDb.Vectors;

namespace Features.DuckDb.Queries;

/// <summary>A running SELECT: its rows as Arrow batches. Calls block while the engine works.</summary>
internal sealed class ResultStream : IDisposable
{
    /// <summary>Rows per batch: enough to spread the cost of a batch, few enough to stay in the processor's cache.</summary>
    internal const int BatchRows = 16_384;

    private readonly PreparedSelect statement;
    private readonly VectorColumn[] columns;
    private DuckDBResult result;
    private bool isAtEnd;

    /// <summary>Starts the statement. Owns it from then on.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="target">The Arrow schema to produce where it differs from the statement's own; null for its own.</param>
    /// <exception cref="EngineFault">The engine refused or failed.</exception>
    internal ResultStream(PreparedSelect statement, Schema? target)
    {
        this.statement = statement;
        try
        {
            Schema = target ?? statement.Schema;
            if (NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement.Handle, out result) != DuckDBState.Success)
            {
                throw EngineFault.From(NativeMethods.Query.DuckDBResultError(ref result));
            }

            columns = [.. Schema.FieldsList.Select((field, i) => Column(i, field))];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal Schema Schema { get; }

    /// <summary>The next batch, which the caller disposes; null after the last.</summary>
    /// <exception cref="EngineFault">The engine failed or was interrupted.</exception>
    internal RecordBatch? Next()
    {
        var rows = 0;
        while (!isAtEnd && rows < BatchRows)
        {
            using var chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(result);
            if (chunk.IsInvalid || NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk) is 0)
            {
                isAtEnd = true;
                if (NativeMethods.Query.DuckDBResultError(ref result) is { Length: > 0 } fault)
                {
                    throw EngineFault.From(fault);
                }

                break;
            }

            var count = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
            for (var i = 0; i < columns.Length; i++)
            {
                columns[i].Append(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, i), 0, count);
            }

            rows += count;
        }

        return rows == 0 ? null : new RecordBatch(Schema, columns.Select(c => ArrowArrayFactory.BuildArray(c.Take())), rows);
    }

    public void Dispose()
    {
        NativeMethods.Query.DuckDBDestroyResult(ref result);
        statement.Dispose();
    }

    private VectorColumn Column(int index, Field field)
    {
        using var type = NativeMethods.Query.DuckDBColumnLogicalType(ref result, index);
        return VectorTypes.ColumnOf(type, field.DataType);
    }
}
