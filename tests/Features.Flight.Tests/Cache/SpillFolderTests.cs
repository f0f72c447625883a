using System.Runtime.CompilerServices;
using Features.Flight.Cache.Spill;

namespace Features.Flight.Tests.Cache;

public sealed class SpillFolderTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"features-spill-{Guid.NewGuid():N}");

    [Fact]
    public void Slab_ItsPieces_AreAlignedApartAndKeepTheFileUntilTheLastOneGoes()
    {
        var freed = 0;
        var slab = new SpillFolder(path).Create(1000);
        slab.Freed = _ => freed++;
        var first = slab.TryRent(100)!;
        var second = slab.TryRent(872)!;
        Assert.Null(slab.TryRent(1));
        first.Memory.Span.Fill(1);
        second.Memory.Span.Fill(2);
        Assert.Equal(128, Unsafe.ByteOffset(ref first.Memory.Span[0], ref second.Memory.Span[0]));

        slab.Dispose();
        slab.Dispose();
        Assert.Null(slab.TryRent(1));
        second.Dispose();
        second.Dispose();
        Assert.Equal(0, freed);
        Assert.Equal((100, 1, 1), (first.Memory.Length, first.Memory.Span[0], first.Memory.Span[99]));
        first.Dispose();
        Assert.Equal(1, freed);
        Assert.Throws<ObjectDisposedException>(() => first.Memory.Span.Length);
    }

    [Fact]
    public void Slab_OnUnix_IsPrivateAndHasNoNameSoThatItGoesWithTheProcess()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("there an open file keeps its name, and is deleted when it is closed");
            return;
        }

        using var slab = new SpillFolder(path).Create(1 << 20);
        Assert.Empty(Directory.EnumerateFileSystemEntries(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, slab.Mode);
    }

    [Fact]
    public void Start_WithFilesOfKilledProcesses_DeletesThoseThatNobodyHolds()
    {
        Directory.CreateDirectory(path);
        var (left, held, other) = (Path.Combine(path, "left.spill"), Path.Combine(path, "held.spill"), Path.Combine(path, "notes.txt"));
        File.WriteAllText(left, "of a killed process");
        File.WriteAllText(other, "somebody's");
        using (new FileStream(held, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            _ = new SpillFolder(path);
            Assert.Equal([held, other], Directory.EnumerateFiles(path).Order());
        }

        _ = new SpillFolder(path);
        Assert.Equal([other], Directory.EnumerateFiles(path));
    }

    [Fact]
    public void Create_WithoutRoom_FailsAndLeavesNothing()
    {
        var folder = new SpillFolder(path);
        Assert.Throws<IOException>(() => folder.Create(1L << 50));
        Assert.Empty(Directory.EnumerateFileSystemEntries(path));

        Directory.Delete(path);
        Assert.ThrowsAny<IOException>(() => folder.Create(100));
    }

    public void Dispose()
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
