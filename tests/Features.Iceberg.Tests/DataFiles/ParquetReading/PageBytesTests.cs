using Features.Iceberg.DataFiles;
using Features.Iceberg.DataFiles.ParquetReading;

namespace Features.Iceberg.Tests.DataFiles.ParquetReading;

public class PageBytesTests
{
    [Fact]
    public void SnappyPage_WhoseBytesClaimAnotherLengthThanItsHeader_IsRefusedBeforeItTakesMemory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => PageBytes.Unpack(ParquetCodec.Snappy, new byte[] { 0xFF, 0xFF, 0xFF, 0x7F, 0, 0 }, 10));
        Assert.Contains("268435455 bytes where its header says 10", error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }
}
