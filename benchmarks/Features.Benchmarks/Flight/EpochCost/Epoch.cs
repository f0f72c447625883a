using System.Diagnostics;
using System.Globalization;

namespace Features.Benchmarks.Flight.EpochCost;

/// <summary>What one epoch cost the trainer's process.</summary>
/// <param name="Rows">Rows that were handed to training.</param>
/// <param name="Bytes">Bytes of their features.</param>
/// <param name="Wall">How long it took.</param>
/// <param name="Processor">What the process spent.</param>
/// <param name="Sum">The sum of the first feature, which is the same for every order.</param>
internal sealed record Epoch(long Rows, long Bytes, TimeSpan Wall, TimeSpan Processor, double Sum)
{
    /// <summary>Runs an epoch whose batches are given to <c>train</c>, and says what it cost.</summary>
    public static async Task<Epoch> MeasureAsync(int width, Func<Action<ReadOnlySpan<float>>, Task> read)
    {
        using var process = Process.GetCurrentProcess();
        var (before, clock) = (process.TotalProcessorTime, Stopwatch.StartNew());
        long values = 0;
        var sum = 0.0;
        await read(batch =>
        {
            values += batch.Length;
            for (var i = 0; i < batch.Length; i += width)
            {
                sum += batch[i];
            }
        });
        process.Refresh();
        return new Epoch(values / width, values * sizeof(float), clock.Elapsed, process.TotalProcessorTime - before, sum);
    }

    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"epoch {Rows} {Bytes} {Wall.TotalSeconds:R} {Processor.TotalSeconds:R} {Sum:R}");

    public static Epoch Parse(string line)
    {
        var parts = line.Split(' ');
        return new Epoch(
            long.Parse(parts[1], CultureInfo.InvariantCulture),
            long.Parse(parts[2], CultureInfo.InvariantCulture),
            TimeSpan.FromSeconds(double.Parse(parts[3], CultureInfo.InvariantCulture)),
            TimeSpan.FromSeconds(double.Parse(parts[4], CultureInfo.InvariantCulture)),
            double.Parse(parts[5], CultureInfo.InvariantCulture));
    }
}
