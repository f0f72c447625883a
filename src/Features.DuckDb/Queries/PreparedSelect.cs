using System.Runtime.InteropServices;
using Apache.Arrow;
using DuckDB.NET.Native;
using Features.DuckDb.Native;
using Features.DuckDb.Vectors;

namespace Features.DuckDb.Queries;

/// <summary>One SELECT, bound but not run.</summary>
internal sealed class PreparedSelect : IDisposable
{
    /// <summary>Parses and binds exactly one SELECT.</summary>
    /// <exception cref="EngineFault">It does not parse or bind, is several statements, or is no SELECT.</exception>
    internal PreparedSelect(DuckDBNativeConnection connection, string sql)
    {
        var state = NativeMethods.PreparedStatements.DuckDBPrepare(connection, sql, out var handle);
        Handle = handle;
        try
        {
            if (state != DuckDBState.Success)
            {
                throw EngineFault.From(NativeMethods.PreparedStatements.DuckDBPrepareError(handle));
            }

            if (Libduckdb.StatementType(handle.DangerousGetHandle()) is var type and not DuckDBStatementType.Select)
            {
                throw new EngineFault($"this is a statement of type {type.ToString().ToUpperInvariant()}; write one SELECT");
            }

            Schema = ReadSchema();
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    internal DuckDBPreparedStatement Handle { get; }

    /// <summary>The result's columns.</summary>
    internal Schema Schema { get; }

    public void Dispose() => Handle.Dispose();

    private Schema ReadSchema()
    {
        var statement = Handle.DangerousGetHandle();
        var fields = new List<Field>();
        for (ulong i = 0; i < Libduckdb.ColumnCount(statement); i++)
        {
            var text = Libduckdb.ColumnName(statement, i);
            var name = Marshal.PtrToStringUTF8(text) ?? "";
            NativeMethods.Helpers.DuckDBFree(text);
            using var type = new DuckDBLogicalType();
            Marshal.InitHandle(type, Libduckdb.ColumnType(statement, i));
            try
            {
                fields.Add(VectorTypes.FieldOf(name, type));
            }
            catch (NotSupportedException unsupported)
            {
                throw new EngineFault(unsupported.Message);
            }
        }

        return new Schema(fields, metadata: null);
    }
}
