using Features.Iceberg.Conformance;
using Features.Iceberg.Storage;

namespace Features.Iceberg.DataFiles;

public sealed class ParquetNetFormatTests : DataFileFormatConformance
{
    protected override IDataFileFormat Create(IObjectStore storage) => new ParquetNetFormat(storage);
}
