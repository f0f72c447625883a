using System.Diagnostics;
using Apache.Arrow;
using Features.Core.Engine;
using Features.DuckDb;

namespace Features.Benchmarks.Flight.EpochCost;

/// <summary>What a job does without a cache: each epoch it reads the Parquet files through the engine, and shuffles in a buffer.</summary>
internal static class FileTrainer
{
    public static async Task RunAsync(EpochCostOptions options)
    {
        var files = EpochData.Files(options);
        await using var engine = new DuckDbEngine(new DuckDbEngineOptions());
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            var random = new Random(epoch);
            Console.WriteLine((await Epoch.MeasureAsync(options.Width, train => ReadAsync(options, engine, files, random, train))).ToLine());
        }
    }

    private static async Task ReadAsync(EpochCostOptions options, DuckDbEngine engine, IReadOnlyList<string> files, Random random, Action<ReadOnlySpan<float>> train)
    {
        var clock = Stopwatch.StartNew();
        var buffer = new ShuffleBuffer(options.Buffer, options.Width, options.Batch, train, random);
        var delivered = 0L;
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, CancellationToken.None);
        foreach (var file in files.OrderBy(_ => random.Next()))
        {
            // A storage that delivers so many bytes a second, and a reader that always reads ahead: a file cannot be read before its last byte would have come.
            delivered += new FileInfo(file).Length;
            if (options.ThrottleMb is { } mb && TimeSpan.FromSeconds(delivered / (mb * 1e6)) - clock.Elapsed is { Ticks: > 0 } wait)
            {
                await Task.Delay(wait);
            }

            await foreach (var batch in session.QueryAsync($"SELECT {string.Join(", ", EpochData.Features(options.Width))} FROM read_parquet('{file}')", CancellationToken.None))
            {
                using (batch)
                {
                    Pack(batch, options.Width, buffer);
                }
            }
        }

        buffer.Complete();
    }

    private static void Pack(RecordBatch batch, int width, ShuffleBuffer buffer)
    {
        var rows = new float[batch.Length * width];
        for (var column = 0; column < width; column++)
        {
            var values = ((FloatArray)batch.Column(column)).Values;
            for (int row = 0, at = column; row < values.Length; row++, at += width)
            {
                rows[at] = values[row];
            }
        }

        for (var at = 0; at < rows.Length; at += width)
        {
            buffer.Add(rows.AsSpan(at, width));
        }
    }
}
