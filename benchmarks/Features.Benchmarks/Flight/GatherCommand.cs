using System.Diagnostics;
using System.Globalization;
using Apache.Arrow.Types;
using Features.Flight.Layout;
using Features.Ordering;

namespace Features.Benchmarks.Flight;

/// <summary>
/// <c>gather [--rows N] [--rounds N]</c>: what one core makes of frames, against what it copies: rounds in which each case has its turn, so that all
/// share what else the machine does; the medians of the rounds.
/// </summary>
internal static class GatherCommand
{
    public const string Name = "gather";

    private const long RoundBytes = 400L << 20;

    public static int Run(string[] args)
    {
        var rows = Option(args, "--rows", 10_000_000);
        var rounds = (int)Option(args, "--rounds", 5);
        using var tensors = new GatherData(rows, GatherData.Tensor(32));
        using var narrow = new GatherData(rows, GatherData.Columns(1));
        using var columns = new GatherData(rows / 4, GatherData.Columns(8));
        using var texts = new GatherData(rows / 4, GatherData.Texts);
        var cases = new (string Name, Func<long> Run)[]
        {
            ("memcpy, 256 KiB from large memory", new MemoryCopies(RoundBytes).Run),
            ("tensor 32 x float32, batch 4096, shuffled", Frames(tensors, OrderMode.Global, 4096)),
            ("tensor 32 x float32, batch 4096, stored order", Frames(tensors, OrderMode.None, 4096)),
            ("tensor 32 x float32, batch 1024, shuffled", Frames(tensors, OrderMode.Global, 1024)),
            ("one int64 column, batch 65536, shuffled", Frames(narrow, OrderMode.Global, 65_536)),
            ("one int64 column, batch 65536, stored order", Frames(narrow, OrderMode.None, 65_536)),
            ("8 int64 columns, batch 4096, shuffled", Frames(columns, OrderMode.Global, 4096)),
            ("8 int64 columns, batch 1024, stored order", Frames(columns, OrderMode.None, 1024)),
            ("string of 20 bytes and int64, batch 4096, shuffled", Frames(texts, OrderMode.Global, 4096)),
            ("string of 20 bytes and int64, batch 4096, stored order", Frames(texts, OrderMode.None, 4096)),
            ("load: 32 x float64 to float32 tensors", Load(DoubleType.Default, TensorType.Float32, hasNulls: false)),
            ("load: 32 x float32 to float32 tensors, 1/8 null", Load(FloatType.Default, TensorType.Float32, hasNulls: true)),
            ("load: 32 x int64 to float16 tensors", Load(Int64Type.Default, TensorType.Float16, hasNulls: false)),
        };
        var speeds = cases.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            for (var i = 0; i < cases.Length; i++)
            {
                // By the process's own time, for the machine may do other work; the first round warms up.
                var (before, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
                var bytes = cases[i].Run();
                var seconds = Math.Min((Environment.CpuUsage.TotalTime - before).TotalSeconds, clock.Elapsed.TotalSeconds);
                if (round > 0)
                {
                    speeds[i].Add(bytes / seconds / 1e9);
                }
            }
        }

        var copy = Median(speeds[0]);
        foreach (var (one, i) in cases.Select((one, i) => (one, i)))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Name,-56} {Median(speeds[i]),6:0.00} GB/s of CPU   {Median(speeds[i]) / copy,5:0.00} x memcpy"));
        }

        return 0;
    }

    private static Func<long> Frames(GatherData data, OrderMode mode, int batch)
    {
        var frames = data.Frames(mode, batch);
        return () =>
        {
            var bytes = data.Drain(frames, RoundBytes);
            if (bytes < RoundBytes)
            {
                frames.Dispose();
                frames = data.Frames(mode, batch);
                bytes += data.Drain(frames, RoundBytes - bytes);
            }

            return bytes;
        };
    }

    private static Func<long> Load(IArrowType type, TensorType tensor, bool hasNulls)
    {
        var loads = new LayoutLoads(type, tensor, hasNulls);
        return () => loads.Run(RoundBytes);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static long Option(string[] args, string name, long otherwise) =>
        System.Array.IndexOf(args, name) is var at and >= 0 ? long.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

    // What a reader in stored order could get at best.
    private sealed class MemoryCopies(long bytes)
    {
        private const int Piece = 256 << 10;
        private readonly Memory<byte> source = SlabAllocator.Shared.Allocate((int)bytes).Memory;
        private readonly byte[] target = new byte[Piece];
        private bool isFilled;

        public long Run()
        {
            if (!isFilled)
            {
                source.Span.Fill(1);
                isFilled = true;
            }

            for (var at = 0; at + Piece <= source.Length; at += Piece)
            {
                source.Span.Slice(at, Piece).CopyTo(target);
            }

            return source.Length / Piece * Piece;
        }
    }
}
