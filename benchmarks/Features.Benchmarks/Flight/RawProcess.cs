using System.Diagnostics;
using System.Globalization;

namespace Features.Benchmarks.Flight;

/// <summary>A <see cref="RawCommand"/> in a process of its own; disposing ends it.</summary>
internal sealed class RawProcess : IDisposable
{
    private readonly Process process;

    private RawProcess(Process process, int port) => (this.process, Port) = (process, port);

    public int Port { get; }

    public static RawProcess Start()
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(RawProcess).Assembly.Location, RawCommand.Name]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        return process.StandardOutput.ReadLine()?.Split(' ') is ["ready", var port]
            ? new RawProcess(process, int.Parse(port, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException("the baseline did not start");
    }

    /// <summary>Processor seconds since it started.</summary>
    public async Task<double> CpuAsync()
    {
        await process.StandardInput.WriteLineAsync();
        await process.StandardInput.FlushAsync();
        return double.Parse(await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the baseline has ended"), CultureInfo.CurrentCulture);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill();
        }

        process.Dispose();
    }
}
