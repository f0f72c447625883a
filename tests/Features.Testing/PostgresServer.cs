using System.Diagnostics;

namespace Features.Testing;

/// <summary>A PostgreSQL server of its own, reached by a socket in its folder alone. Disposing stops it and takes away all that it holds.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // PostgreSQL does not run as root; the packages bring this user.
    private const string User = "postgres";

    private readonly DirectoryInfo folder;
    private readonly string binaries;

    private PostgresServer(string binaries)
    {
        this.binaries = binaries;
        // Sockets have short paths.
        folder = Directory.CreateTempSubdirectory("pg-");
    }

    /// <summary>The folder of the socket: the host of a connection string.</summary>
    public string Host => folder.FullName;

    /// <summary>Starts one; null where PostgreSQL is not installed and the test may skip.</summary>
    /// <exception cref="InvalidOperationException">It is not installed and CI must run the test, or it does not start.</exception>
    public static async Task<PostgresServer?> TryStartAsync()
    {
        if (FindBinaries() is not { } binaries)
        {
            return Fixtures.AreRequired ? throw new InvalidOperationException("PostgreSQL is not installed ('initdb' is in no usual place), and CI must run this test; install the package 'postgresql'") : null;
        }

        var server = new PostgresServer(binaries);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            Directory.Delete(server.Host, recursive: true);
            throw;
        }
    }

    /// <summary>The connection string of a database of this server, for the superuser.</summary>
    public string ConnectionString(string database) => $"Host={Host};Username={User};Database={database}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsync("pg_ctl", "stop", "-D", Data, "-m", "immediate", "-w");
        Directory.Delete(Host, recursive: true);
    }

    private string Data => Path.Combine(Host, "data");

    private async Task StartAsync()
    {
        if (Environment.IsPrivilegedProcess && !await DoneAsync("chown", User, Host))
        {
            throw new InvalidOperationException($"there is no user '{User}' to run PostgreSQL as");
        }

        await RunAsync("initdb", "-D", Data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync");
        await RunAsync("pg_ctl", "start", "-D", Data, "-w", "-l", Path.Combine(Host, "log"), "-o", $"-k {Host} -c listen_addresses='' -c fsync=off -c max_connections=200");
    }

    private async Task RunAsync(string command, params string[] arguments)
    {
        var program = Path.Combine(binaries, command);
        if (!await (Environment.IsPrivilegedProcess ? DoneAsync("runuser", ["-u", User, "--", program, .. arguments]) : DoneAsync(program, arguments)))
        {
            throw new InvalidOperationException($"'{command}' of PostgreSQL failed in '{Host}'");
        }
    }

    private async Task<bool> DoneAsync(string program, params string[] arguments)
    {
        // Its output goes nowhere: the server would inherit a pipe, and whoever reads it would wait for the server's end.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/null 2>&1 </dev/null", program, .. arguments]) { WorkingDirectory = Host })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private static string? FindBinaries()
    {
        const string packages = "/usr/lib/postgresql";
        var installed = Directory.Exists(packages) ? Directory.GetDirectories(packages).OrderByDescending(d => d, StringComparer.Ordinal).Select(d => Path.Combine(d, "bin")) : [];
        return installed.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")));
    }
}
