using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Core.Tests.TrainingSets;

/// <summary>A format whose writing fails at a stage, as a full disk would make it.</summary>
public sealed class FaultyFormat(IDataFileFormat inner, FaultyFormat.Stage stage) : IDataFileFormat
{
    public enum Stage
    {
        Rows,
        Completed,
    }

    public IAsyncEnumerable<RecordBatch> ReadAsync(FileScanTask task, Schema projection, CancellationToken cancellationToken) => inner.ReadAsync(task, projection, cancellationToken);

    public async Task<IDataFileWriter> CreateAsync(string location, Schema schema, DataFileOptions options, CancellationToken cancellationToken) =>
        new Writer(await inner.CreateAsync(location, schema, options, cancellationToken), stage);

    private sealed class Writer(IDataFileWriter inner, Stage stage) : IDataFileWriter
    {
        public long RecordCount => inner.RecordCount;

        public Task WriteAsync(RecordBatch batch, CancellationToken cancellationToken) =>
            stage == Stage.Rows ? throw new IOException("full") : inner.WriteAsync(batch, cancellationToken);

        public Task<DataFile> CompleteAsync(CancellationToken cancellationToken) => throw new IOException("full");

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
