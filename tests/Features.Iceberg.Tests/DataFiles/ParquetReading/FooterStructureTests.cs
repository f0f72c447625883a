using System.Buffers.Binary;
using Features.Iceberg.DataFiles.ParquetReading;

namespace Features.Iceberg.Tests.DataFiles.ParquetReading;

public class FooterStructureTests
{
    [Fact]
    public async Task CheckAsync_AWholeStruct_Passes() => await FooterStructure.CheckAsync(File([0x15, 0x04, 0x19, 0x1C, 0x18, 0x01, (byte)'a', 0x00, 0x00]), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(new byte[] { 0x15, 0x04 }, "cut off")]
    [InlineData(new byte[] { 0x15 }, "cut off")]
    [InlineData(new byte[] { 0x18, 0x7F, 0x00 }, "cut off")]
    [InlineData(new byte[] { 0x19, 0xF5, 0xFF, 0x7F, 0x00 }, "claims")]
    [InlineData(new byte[] { 0x1E, 0x00 }, "unknown type")]
    public async Task CheckAsync_AStructThatDoesNotEnd_IsRefused(byte[] footer, string reason)
    {
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => FooterStructure.CheckAsync(File(footer), TestContext.Current.CancellationToken));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckAsync_AnyBytes_EndsSoon() => Gen.Byte.Array[1, 200].Sample(footer =>
    {
        try
        {
            FooterStructure.CheckAsync(File(footer), default).GetAwaiter().GetResult();
        }
        catch (InvalidDataException)
        {
            // Refused, which is as good as read: neither takes for ever.
        }
    });

    private static MemoryStream File(byte[] footer)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        return new MemoryStream([.. "PAR1"u8, .. footer, .. length, .. "PAR1"u8]);
    }
}
