using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Features.Benchmarks.OnlineLoad;

/// <summary>
/// Sends requests at fixed moments, whether or not earlier ones were answered, and measures each from the moment at which it was due: a server that stalls is charged for everything that it held up.
/// </summary>
internal sealed class OpenLoop(IReadOnlyList<HttpConnection> connections, IReadOnlyList<byte[]> requests)
{
    private const uint TickMicros = 50;

    /// <summary>What was measured.</summary>
    public async Task<LoadResult> RunAsync(int requestsPerSecond, int seconds, CancellationToken cancellationToken)
    {
        var count = requestsPerSecond * seconds;
        var latencies = new long[count];
        var errors = 0;
        var due = Channel.CreateUnbounded<(int Index, long Due)>(new UnboundedChannelOptions { SingleWriter = true });
        var begin = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 10);
        var workers = connections.Select(connection => Task.Run(
            async () =>
            {
                while (await due.Reader.WaitToReadAsync(cancellationToken))
                {
                    while (due.Reader.TryRead(out var next))
                    {
                        if (!await connection.AskAsync(requests[next.Index % requests.Count], cancellationToken))
                        {
                            Interlocked.Increment(ref errors);
                        }

                        latencies[next.Index] = Stopwatch.GetTimestamp() - next.Due;
                    }
                }
            },
            cancellationToken)).ToList();
        await Task.Factory.StartNew(() => Schedule(due.Writer, begin, requestsPerSecond, count), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(workers);
        return new LoadResult(latencies, errors, Stopwatch.GetElapsedTime(begin));
    }

    private static void Schedule(ChannelWriter<(int Index, long Due)> due, long begin, int requestsPerSecond, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var at = begin + (long)((double)i * Stopwatch.Frequency / requestsPerSecond);
            while (Stopwatch.GetTimestamp() < at)
            {
                Pause();
            }

            due.TryWrite((i, at));
        }

        due.Complete();
    }

    // A wait of a millisecond, which is what .NET offers, would be part of every latency.
    private static void Pause()
    {
        if (OperatingSystem.IsWindows())
        {
            Thread.Yield();
        }
        else
        {
            _ = Sleep(TickMicros);
        }
    }

    [DllImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sleep(uint micros);
}

/// <summary>A run's latencies, in <see cref="Stopwatch"/> ticks and the order of the requests.</summary>
internal sealed record LoadResult(long[] Latencies, int Errors, TimeSpan Elapsed)
{
    private readonly long[] sorted = [.. Latencies.Order()];

    /// <summary>The least latency that so many percent of the requests did not exceed, in milliseconds.</summary>
    public double Percentile(double percent) => sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * percent / 100) - 1, 0, sorted.Length - 1)] * 1000.0 / Stopwatch.Frequency;

    /// <summary>Requests answered a second.</summary>
    public double Rate => Latencies.Length / Elapsed.TotalSeconds;
}
