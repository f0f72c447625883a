using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

public sealed class LocalWriteStreamTests
{
    [Fact]
    public async Task EveryOverload_OfWrite_WritesItsBytesOnce()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var location = Path.Combine(folder.FullName, "object");
            await using (var writer = await new LocalObjectStore().CreateAsync(location, cancellationToken))
            {
                byte[] bytes = [0, 1, 2, 3, 4];
                writer.Stream.Write(bytes, 0, 1);
                writer.Stream.Write(bytes.AsSpan(1, 1));
                writer.Stream.WriteByte(bytes[2]);
#pragma warning disable CA1835 // The array overload is what is tested: other libraries call it.
                await writer.Stream.WriteAsync(bytes, 3, 1, cancellationToken);
#pragma warning restore CA1835
                await writer.Stream.WriteAsync(bytes.AsMemory(4, 1), cancellationToken);
                Assert.Equal(5, await writer.CompleteAsync(cancellationToken));
            }

            Assert.Equal([0, 1, 2, 3, 4], await File.ReadAllBytesAsync(location, cancellationToken));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
