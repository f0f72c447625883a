using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Features.Cli.Output;
using Features.Flight.Client;

namespace Features.Cli.Commands.Fetching;

/// <summary>How fast the streams of one epoch come, each rank read by itself and none of its rows looked at. Bytes are those of the messages.</summary>
internal sealed record FetchBench(long Epoch, int Streams, long Rows, long Bytes, long Batches, TimeSpan Time, TimeSpan Waited, TimeSpan? First)
{
    private double Seconds => Math.Max(Time.TotalSeconds, 1e-9);

    /// <summary>Reads every stream to its end, all at the same time.</summary>
    public static async Task<FetchBench> RunAsync(long epoch, IEnumerable<DatasetReader> readers, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(readers.Select(reader => Task.Run(() => ReadAsync(reader, clock, cancellationToken), cancellationToken)));
        return new FetchBench(
            epoch, counts.Length, counts.Sum(c => c.Rows), counts.Sum(c => c.Bytes), counts.Sum(c => c.Batches), clock.Elapsed,
            counts.Aggregate(TimeSpan.Zero, (sum, c) => sum + c.Waited), counts.Min(c => c.First));
    }

    public void WriteTo(CliConsole console, bool isJson)
    {
        if (isJson)
        {
            console.Json(new JsonObject
            {
                ["epoch"] = Epoch,
                ["streams"] = Streams,
                ["rows"] = Rows,
                ["bytes"] = Bytes,
                ["batches"] = Batches,
                ["seconds"] = Math.Round(Seconds, 6),
                ["first_batch_seconds"] = First is { } first ? Math.Round(first.TotalSeconds, 6) : null,
                ["rows_per_second"] = Math.Round(Rows / Seconds),
                ["batches_per_second"] = Math.Round(Batches / Seconds),
                ["gb_per_second"] = Math.Round(Bytes / Seconds / 1e9, 4),
                ["wait_share"] = Batches > 0 ? Math.Round(WaitShare, 4) : null,
            });
            return;
        }

        console.Out.WriteLine(ToString());
    }

    /// <summary>The line for people. Of no rows there is no pace to tell.</summary>
    public override string ToString() => Batches == 0
        ? string.Create(CultureInfo.InvariantCulture, $"0 rows 0 bytes {Seconds:F3} s, no batch: the data set, the rank's share or what the condition leaves is empty")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Rows} rows {Bytes} bytes {Seconds:F3} s {Rows / Seconds:F0} rows/s {Batches / Seconds:F0} batches/s {Bytes / Seconds / 1e9:F3} GB/s, first batch after {First?.TotalMilliseconds:F0} ms, waited {WaitShare:P0}{(Streams > 1 ? $" of {Streams} streams" : "")}");

    /// <summary>The share of the streams' time in which they had nothing to hand out.</summary>
    private double WaitShare => Math.Min(1, Waited.TotalSeconds / (Seconds * Streams));

    private static async Task<Counts> ReadAsync(DatasetReader reader, Stopwatch clock, CancellationToken cancellationToken)
    {
        long rows = 0, bytes = 0, batches = 0;
        TimeSpan? first = null;
        await foreach (var batch in reader.WithCancellation(cancellationToken))
        {
            using (batch)
            {
                first = batches++ == 0 ? clock.Elapsed : first;
                rows += batch.Count;
                bytes += batch.Bytes;
            }
        }

        return new Counts(rows, bytes, batches, reader.Waited, first);
    }

    private sealed record Counts(long Rows, long Bytes, long Batches, TimeSpan Waited, TimeSpan? First);
}
