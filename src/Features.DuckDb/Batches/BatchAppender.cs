using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.C;
using DuckDB.NET.Native;
using Features.DuckDb.Native;
using Features.DuckDb.Queries;

namespace Features.DuckDb.Batches;

/// <summary>Appends Arrow batches to a table: imported through the Arrow C data interface, appended as chunks. Calls block.</summary>
internal sealed unsafe class BatchAppender : IDisposable
{
    private readonly DuckDBNativeConnection connection;
    private readonly DuckDBAppender appender;
    private nint converted;

    internal BatchAppender(DuckDBNativeConnection connection, string catalog, string schema, string table, Schema arrow)
    {
        this.connection = connection;
        var state = NativeMethods.Appender.DuckDBAppenderCreateExt(connection, catalog, schema, table, out appender);
        try
        {
            Check(state);
            var exported = CArrowSchema.Create();
            nint created;
            try
            {
                CArrowSchemaExporter.ExportSchema(arrow, exported);
                Check(Libduckdb.SchemaFromArrow(connection.DangerousGetHandle(), exported, &created));
            }
            finally
            {
                CArrowSchema.Free(exported);
            }

            converted = created;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Appends a batch, which stays the caller's.</summary>
    internal void Append(RecordBatch batch)
    {
        if (batch.Length == 0)
        {
            return;
        }

        CArrowArray exported;
        using var shared = batch.SliceShared(0, batch.Length);
        CArrowArrayExporter.ExportRecordBatch(shared, &exported);
        nint chunk = 0;
        try
        {
            Check(Libduckdb.DataChunkFromArrow(connection.DangerousGetHandle(), &exported, converted, &chunk));
            // The constructor that takes a pointer does not own it.
            using var owned = new DuckDBDataChunk();
            Marshal.InitHandle(owned, chunk);
            Check(NativeMethods.Appender.DuckDBAppendDataChunk(appender, owned));
        }
        finally
        {
            CArrowArray.CallReleaseFunc(&exported);
        }
    }

    /// <summary>Makes the rows visible.</summary>
    internal void Complete() => Check(NativeMethods.Appender.DuckDBAppenderClose(appender));

    public void Dispose()
    {
        appender.Dispose();
        if (converted != 0)
        {
            var handle = converted;
            Libduckdb.DestroyConvertedSchema(&handle);
            converted = 0;
        }
    }

    private static void Check(nint error)
    {
        if (error == 0)
        {
            return;
        }

        using var data = new DuckDBErrorData();
        Marshal.InitHandle(data, error);
        if (NativeMethods.ErrorData.DuckDBErrorDataHasError(data))
        {
            throw EngineFault.From(NativeMethods.ErrorData.DuckDBErrorDataMessage(data));
        }
    }

    private void Check(DuckDBState state)
    {
        if (state != DuckDBState.Success)
        {
            using var data = NativeMethods.Appender.DuckDBAppenderErrorData(appender);
            throw EngineFault.From(NativeMethods.ErrorData.DuckDBErrorDataMessage(data));
        }
    }
}
