using System.Diagnostics;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

/// <summary>A disk of one megabyte that is full.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly DirectoryInfo mount = Directory.CreateTempSubdirectory("features-disk-");
    private bool isMounted;

    public void Dispose()
    {
        if (isMounted)
        {
            Run("umount", mount.FullName);
        }

        mount.Delete(recursive: true);
    }

    [Fact]
    public async Task Create_DiskFull_SaysSoAndLeavesNothing()
    {
        isMounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.FullName);
        Assert.False(!isMounted && Environment.GetEnvironmentVariable("CI") == "true", "a 1 MB tmpfs cannot be mounted (it needs root), and CI must run this test");
        Assert.SkipUnless(isMounted, "a 1 MB tmpfs cannot be mounted: it needs root");
        var store = new LocalObjectStore();
        var location = $"file://{mount.FullName}/t/data.parquet";
        var error = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            await using var writer = await store.CreateAsync(location, default);
            var block = new byte[100_000];
            for (var i = 0; i < 20; i++)
            {
                await writer.Stream.WriteAsync(block);
            }

            await writer.CompleteAsync(default);
        });
        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
        Assert.Contains("free space", error.Message, StringComparison.Ordinal);
        Assert.Equal((location, false), (error.Location, error.IsTransient));
        Assert.Empty(mount.GetFiles("*", SearchOption.AllDirectories));

        // With space again, the same store goes on.
        await using var small = await store.CreateAsync(location, default);
        await small.Stream.WriteAsync(new byte[100_000]);
        Assert.Equal(100_000, await small.CompleteAsync(default));
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
