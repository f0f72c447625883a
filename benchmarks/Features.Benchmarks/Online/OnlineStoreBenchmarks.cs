using BenchmarkDotNet.Attributes;
using Features.Core.Online;

namespace Features.Benchmarks.Online;

/// <summary>Point reads of the embedded store: 200,000 keys with values of 200 bytes.</summary>
[MemoryDiagnoser]
public class OnlineStoreBenchmarks
{
    private const int Keys = 200_000;
    private readonly string folder = Directory.CreateTempSubdirectory("features-bench-").FullName;
    private SqliteOnlineStore store = null!;
    private ReadOnlyMemory<byte>[][] requests = [];
    private int next;

    [Params(5, 500)]
    public int Batch { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        store = new SqliteOnlineStore(Path.Combine(folder, "online.db"));
        foreach (var part in Enumerable.Range(0, Keys).Chunk(20_000))
        {
            await store.UpdateAsync([.. part.Select(Key)], _ => [.. part.Select(_ => (ReadOnlyMemory<byte>?)new byte[200])], default);
        }

        var random = new Random(1);
        requests = [.. Enumerable.Range(0, 256).Select(_ => Enumerable.Range(0, Batch).Select(_ => Key(random.Next(Keys))).ToArray())];
    }

    [Benchmark]
    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>?>> Get() => store.GetAsync(requests[next++ & 255], default);

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static ReadOnlyMemory<byte> Key(int number) => System.IO.Hashing.XxHash3.Hash(BitConverter.GetBytes(number));
}
