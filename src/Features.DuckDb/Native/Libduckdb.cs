using System.Runtime.InteropServices;
using DuckDB.NET.Native;

namespace Features.DuckDb.Native;

/// <summary>Functions of DuckDB's C API that DuckDB.NET does not declare.</summary>
internal static unsafe partial class Libduckdb
{
    private const string Library = "duckdb";

    [LibraryImport(Library, EntryPoint = "duckdb_prepared_statement_type")]
    internal static partial DuckDBStatementType StatementType(nint statement);

    [LibraryImport(Library, EntryPoint = "duckdb_prepared_statement_column_count")]
    internal static partial ulong ColumnCount(nint statement);

    [LibraryImport(Library, EntryPoint = "duckdb_prepared_statement_column_name")]
    internal static partial nint ColumnName(nint statement, ulong index);

    [LibraryImport(Library, EntryPoint = "duckdb_prepared_statement_column_logical_type")]
    internal static partial nint ColumnType(nint statement, ulong index);

    [LibraryImport(Library, EntryPoint = "duckdb_logical_type_get_alias")]
    internal static partial nint TypeAlias(nint type);

    [LibraryImport(Library, EntryPoint = "duckdb_schema_from_arrow")]
    internal static partial nint SchemaFromArrow(nint connection, void* schema, nint* converted);

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_from_arrow")]
    internal static partial nint DataChunkFromArrow(nint connection, void* array, nint converted, nint* chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_arrow_converted_schema")]
    internal static partial void DestroyConvertedSchema(nint* converted);
}
