using Features.Iceberg.DataFiles.ParquetReading;

namespace Features.Iceberg.Tests.DataFiles.ParquetReading;

public class ThriftReaderTests
{
    [Fact]
    public void SkipStruct_AWholeStruct_EndsBehindIt()
    {
        var reader = new ThriftReader([0x15, 0x04, 0x19, 0x1C, 0x18, 0x01, (byte)'a', 0x00, 0x00, 0x7F]);
        reader.SkipStruct();
        Assert.Equal(1, reader.Remaining);
    }

    [Theory]
    [InlineData(new byte[] { 0x15, 0x04 }, "cut off")]
    [InlineData(new byte[] { 0x15 }, "cut off")]
    [InlineData(new byte[] { 0x18, 0x7F, 0x00 }, "cut off")]
    [InlineData(new byte[] { 0x19, 0xF5, 0xFF, 0x7F, 0x00 }, "claims")]
    [InlineData(new byte[] { 0x1E, 0x00 }, "unknown type")]
    public void SkipStruct_ThatDoesNotEnd_IsRefused(byte[] bytes, string reason)
    {
        var fault = Assert.Throws<InvalidDataException>(() => new ThriftReader(bytes).SkipStruct());
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyFooter_EndsSoonOrIsRefused() => await Gen.Byte.Array[1, 200].SampleAsync(async footer =>
    {
        try
        {
            _ = await FileFooter.ReadAsync(footer, default);
        }
        catch (Exception refused) when (refused is InvalidDataException or NotSupportedException)
        {
            // Which is as good as read: neither takes for ever.
        }
    });

    [Fact]
    public void AnyPageHeader_EndsSoonOrIsRefused() => Gen.Byte.Array[1, 60].Sample(bytes =>
    {
        try
        {
            _ = PageHeader.Read(bytes, out _);
        }
        catch (InvalidDataException)
        {
            // Which is as good as read: neither takes for ever.
        }
    });
}
