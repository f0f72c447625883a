using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

public sealed class DurableFilesTests
{
    [Fact]
    public void FlushFolder_ThatFails_SaysWhichFolder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows flushes no folders");
        var gone = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        Assert.Equal(gone, Assert.Throws<StorageException>(() => DurableFiles.FlushFolder(gone)).Location);
    }

    [Fact]
    public void FlushFolder_OfAFileSystemThatHasNoSuchCall_IsNoFault()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");
        DurableFiles.FlushFolder("/proc/self");
        DurableFiles.FlushFolder(Path.GetTempPath());
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(28, false)]
    [InlineData(13, true)]
    [InlineData(22, true)]
    public void IsUnable_OfAnError_TellsAFailedDiskFromAMissingCall(int errno, bool isUnable) => Assert.Equal(isUnable, DurableFiles.IsUnable(errno));
}
