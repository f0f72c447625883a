using System.Diagnostics;
using Features.Iceberg.Storage;

namespace Features.Iceberg.FaultHost;

/// <summary>Local files, whose writer is killed the first time that it comes to a point.</summary>
public sealed class FaultyStore(FaultPoint fatal) : IObjectStore
{
    private readonly LocalObjectStore inner = new();

    /// <summary>Kills this process if the point is the fatal one.</summary>
    public void Reach(FaultPoint point)
    {
        if (point == fatal)
        {
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        }
    }

    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken) => inner.OpenReadAsync(location, cancellationToken);

    public async Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => new Writer(this, await inner.CreateAsync(location, cancellationToken), location);

    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => inner.StatAsync(location, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public async Task<bool> DeleteAsync(string location, CancellationToken cancellationToken)
    {
        var existed = await inner.DeleteAsync(location, cancellationToken);
        Reach(FaultPoint.WhileRemoving);
        return existed;
    }

    private static (FaultPoint Before, FaultPoint After) PointsOf(string location) =>
        location.EndsWith(".metadata.json", StringComparison.Ordinal) ? (FaultPoint.BeforeMetadata, FaultPoint.AfterMetadata)
        : !location.EndsWith(".avro", StringComparison.Ordinal) ? (FaultPoint.BeforeDataFile, FaultPoint.AfterDataFile)
        : Path.GetFileName(location).StartsWith("snap-", StringComparison.Ordinal) ? (FaultPoint.None, FaultPoint.AfterManifestList)
        : (FaultPoint.None, FaultPoint.AfterManifest);

    private sealed class Writer(FaultyStore store, ObjectWriter inner, string location) : ObjectWriter
    {
        public override Stream Stream => inner.Stream;

        public override async Task<long> CompleteAsync(CancellationToken cancellationToken)
        {
            var (before, after) = PointsOf(location);
            if (before != FaultPoint.None)
            {
                store.Reach(before);
            }

            var length = await inner.CompleteAsync(cancellationToken);
            store.Reach(after);
            return length;
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
