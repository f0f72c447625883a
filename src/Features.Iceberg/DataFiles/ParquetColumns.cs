using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>The columns of a Parquet file that something else wrote.</summary>
/// <param name="Schema">The columns, all optional.</param>
/// <param name="HasFieldIds">Whether ids stand in the file; readers then match its columns by them, and no name mapping counts.</param>
public sealed record ParquetColumns(Schema Schema, bool HasFieldIds);
