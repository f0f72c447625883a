using System.Diagnostics;
using System.Globalization;

namespace Features.Benchmarks.Flight;

/// <summary>A <see cref="ServeCommand"/> in a process of its own; disposing ends it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process process;

    private ServerProcess(Process process, Uri address, string socket) => (this.process, Address, Socket) = (process, address, socket);

    /// <summary>Where it serves over TCP (<c>http://IP:PORT</c>).</summary>
    public Uri Address { get; }

    /// <summary>The path of its Unix domain socket.</summary>
    public string Socket { get; }

    public static async Task<ServerProcess> StartAsync(ServeOptions options)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(ServerProcess).Assembly.Location, ServeCommand.Name, .. options.ToArguments()])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        var ready = await process.StandardOutput.ReadLineAsync();
        return ready?.Split(' ') is ["ready", var address, var socket]
            ? new ServerProcess(process, new Uri(address), socket)
            : throw new InvalidOperationException($"the server did not start: {ready}");
    }

    /// <summary>What it has spent since it started.</summary>
    public async Task<ServerSpent> SpentAsync()
    {
        await process.StandardInput.WriteLineAsync();
        await process.StandardInput.FlushAsync();
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the server has ended");
        double[] figures = [.. line.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        return new ServerSpent(figures[0], (long)figures[1], (long)figures[2], (long)figures[3]);
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

/// <summary>What a server process has spent.</summary>
/// <param name="CpuSeconds">Processor seconds.</param>
/// <param name="AllocatedBytes">Managed bytes allocated.</param>
/// <param name="WorkingSetBytes">Bytes of memory that it holds.</param>
/// <param name="NetworkBytes">Bytes that wait in the tuned pool's blocks; 0 for a server without it.</param>
internal sealed record ServerSpent(double CpuSeconds, long AllocatedBytes, long WorkingSetBytes, long NetworkBytes);
