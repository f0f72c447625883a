using System.Diagnostics;

namespace Features.Testing;

/// <summary>A disk of one megabyte, to be filled. Disposing takes it away with all that is on it.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo mount = Directory.CreateTempSubdirectory("features-disk-");

    /// <summary>Mounts it; <see cref="IsMounted"/> tells whether that could be done.</summary>
    /// <exception cref="InvalidOperationException">It could not, and CI must run the test.</exception>
    public SmallDisk()
    {
        IsMounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", Path);
        if (!IsMounted)
        {
            mount.Delete();
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                throw new InvalidOperationException("a 1 MB tmpfs cannot be mounted (it needs root), and CI must run this test");
            }
        }
    }

    /// <summary>False where a test must skip: mounting needs Linux and root.</summary>
    public bool IsMounted { get; }

    /// <summary>The disk's folder.</summary>
    public string Path => mount.FullName;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsMounted)
        {
            Run("umount", "--lazy", Path);
            mount.Delete();
        }
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
