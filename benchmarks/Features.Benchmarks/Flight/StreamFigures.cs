using System.Diagnostics;

namespace Features.Benchmarks.Flight;

/// <summary>What one stream took.</summary>
internal sealed record StreamFigures(double GigabytesPerSecond, double BatchesPerSecond, double ServerCpuPerGigabyte, double ClientCpuPerGigabyte, double AllocatedPerBatch)
{
    /// <summary>Measures a run that returns its number of batches.</summary>
    public static async Task<StreamFigures> MeasureAsync(Func<Task<long>> run, Func<Task<double>> serverCpu, long bytes)
    {
        var (server, client, allocated) = (await serverCpu(), Cpu(), GC.GetTotalAllocatedBytes());
        var clock = Stopwatch.StartNew();
        var batches = await run();
        var seconds = clock.Elapsed.TotalSeconds;
        var gigabytes = bytes / 1e9;
        var allocatedNow = GC.GetTotalAllocatedBytes();
        return new StreamFigures(
            gigabytes / seconds, batches / seconds, (await serverCpu() - server) / gigabytes, (Cpu() - client) / gigabytes, (double)(allocatedNow - allocated) / Math.Max(1, batches));
    }

    private static double Cpu()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }
}
