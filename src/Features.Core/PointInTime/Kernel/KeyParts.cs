using System.Runtime.ExceptionServices;

namespace Features.Core.PointInTime.Kernel;

/// <summary>Keys shared out to threads, some at a time. What is done for a key depends on its rows alone, so threads change nothing.</summary>
internal static class KeyParts
{
    private const int PartKeys = 64;

    /// <param name="keys">How many keys there are.</param>
    /// <param name="newScratch">What a thread keeps from key to key.</param>
    /// <param name="work">What to do for a key.</param>
    /// <param name="cancellationToken">Stops between keys.</param>
    public static void ForEach<T>(int keys, Func<T> newScratch, Action<int, T> work, CancellationToken cancellationToken)
    {
        var part = Math.Clamp(keys / (Environment.ProcessorCount * 8), 1, PartKeys);
        var workers = Math.Min(Environment.ProcessorCount, Math.Max(1, keys));
        var next = 0;
        try
        {
            Parallel.For(0, workers, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = workers }, _ =>
            {
                var scratch = newScratch();
                for (var end = Interlocked.Add(ref next, part); end - part < keys; end = Interlocked.Add(ref next, part))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    for (var key = end - part; key < Math.Min(end, keys); key++)
                    {
                        work(key, scratch);
                    }
                }
            });
        }
        catch (AggregateException failures) when (failures.InnerExceptions.OfType<PointInTimeException>().FirstOrDefault() is { } failure)
        {
            // Threads may fail together; the caller gets one error, with its own trace.
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
