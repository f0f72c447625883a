using Features.DuckDb.DataFiles;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.DuckDb.Tests.DataFiles;

public sealed class DuckDbDataFilesTests : DataFileFormatConformance, IAsyncDisposable
{
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 2 });

    /// <summary>DuckDB has no zoned timestamp of nanoseconds, and refuses rather than rounds.</summary>
    protected override IReadOnlySet<PrimitiveKind> Unwritten { get; } = new HashSet<PrimitiveKind> { PrimitiveKind.TimestampTzNs };

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        Dispose();
    }

    protected override IDataFileFormat Create(IObjectStore storage) => new DuckDbDataFiles(engine, new ParquetNetFormat(storage));
}
