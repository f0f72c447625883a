using Features.Iceberg.Conformance.RoundTrips;
using Features.Iceberg.Storage;

namespace Features.Iceberg.DataFiles;

public sealed class ParquetNetRoundTripTests : TableRoundTripConformance
{
    protected override IDataFileFormat Create(IObjectStore storage) => new ParquetNetFormat(storage);
}
