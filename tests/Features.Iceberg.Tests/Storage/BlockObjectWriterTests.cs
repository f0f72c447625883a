using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

public sealed class BlockObjectWriterTests
{
    private const int BlockBytes = 10;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task Object_OneOfWhoseBlocksFailed_IsNeverCompletedWithoutIt(int failing)
    {
        var writer = new FailingWriter(failing);
        await using (writer)
        {
            var failures = 0;
            for (var block = 0; block < 8; block++)
            {
                try
                {
                    await writer.Stream.WriteAsync(new byte[BlockBytes]);
                }
                catch (StorageException)
                {
                    // As a caller that goes on, whether it means to or its format's library swallows faults.
                    failures++;
                }
            }

            Assert.True(failures > 0 || failing == 8);
            await Assert.ThrowsAsync<StorageException>(() => writer.CompleteAsync(default));
            await Assert.ThrowsAsync<StorageException>(() => writer.CompleteAsync(default));
        }

        Assert.False(writer.IsCommitted);
        Assert.True(writer.IsAborted);
    }

    private sealed class FailingWriter(int failing) : BlockObjectWriter(BlockBytes)
    {
        public bool IsCommitted { get; private set; }

        public bool IsAborted { get; private set; }

        protected override Task PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => throw new InvalidOperationException("it has more than one block");

        protected override async Task PutBlockAsync(int number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (number == failing)
            {
                throw new StorageException("block", "it did not arrive", "repeat", true);
            }
        }

        protected override Task CommitAsync(int count, CancellationToken cancellationToken)
        {
            IsCommitted = true;
            return Task.CompletedTask;
        }

        protected override Task AbortAsync()
        {
            IsAborted = true;
            return Task.CompletedTask;
        }
    }
}
